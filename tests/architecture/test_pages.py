"""Keeps templates and style sheets readable, and free of unused parts."""

import re
from fnmatch import fnmatch
from pathlib import Path

import pytest
from django.template.loader import get_template

from controlhub.backends.packages import SCRIPTS, STYLE_SHEETS

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
PAGES = sorted(TEMPLATES.rglob("*.html"))
COMPONENTS = sorted((TEMPLATES / "components").glob("*.html"))
MOST_CHARACTERS = 160
# Class names that templates compose, and the class that htmx sets.
FROM_VALUES = re.compile(r"(t|chip|btn|icon|banner|tile|health)--?\w+(-\w+)*|(steps|sums)__\w+|htmx-request")


def names_of(path):
    return str(path.relative_to(TEMPLATES))


@pytest.mark.parametrize("page", PAGES, ids=names_of)
def test_lines_of_templates_are_short(page):
    long = [number for number, line in enumerate(page.read_text().splitlines(), 1) if len(line) > MOST_CHARACTERS]
    assert not long, f"lines {long} have more than {MOST_CHARACTERS} characters"


@pytest.mark.parametrize("page", PAGES, ids=names_of)
def test_templates_compile(page):
    assert get_template(names_of(page))


def test_every_component_is_used():
    text = "".join(path.read_text() for path in [*PAGES, *(ROOT / "controlhub").rglob("*.py")])
    unused = [
        path.name
        for path in COMPONENTS
        if f"components/{path.name}" not in text and f'component "{path.stem[1:]}"' not in text
    ]
    assert not unused


def classes_of(style_sheet):
    """The classes in its selectors. CSS is split at braces: the text before one is a selector."""
    text = re.sub(r"/\*.*?\*/|url\([^)]*\)", "", style_sheet.read_text(), flags=re.DOTALL)
    return {
        name for selector in re.findall(r"([^{};]+)\{", text) for name in re.findall(r"\.([a-zA-Z][\w-]*)", selector)
    }


def test_every_class_of_the_style_sheets_is_used():
    sources = [*PAGES, *(ROOT / "static" / "js").glob("*.js")]
    for package in ("controlhub", "audit"):
        sources += (ROOT / package).rglob("*.py")
    words = {word for path in sources for word in re.findall(r"[A-Za-z][\w-]*", path.read_text())}
    unused = {
        f"{sheet.name}: {name}"
        for sheet in (ROOT / "static" / "css").rglob("*.css")
        for name in classes_of(sheet)
        if name not in words and not FROM_VALUES.fullmatch(name)
    }
    assert not unused


@pytest.mark.parametrize(("folder", "packages"), [("css", STYLE_SHEETS), ("js", SCRIPTS)], ids=["css", "js"])
def test_every_style_sheet_and_script_is_in_a_package(folder, packages):
    patterns = [pattern for package in packages.values() for pattern in package["source_filenames"]]
    names = [str(path.relative_to(ROOT / "static")) for path in (ROOT / "static" / folder).rglob("*.*")]
    assert names
    assert not [name for name in names if not any(fnmatch(name, pattern) for pattern in patterns)]


@pytest.mark.parametrize("script", sorted((ROOT / "static" / "js").glob("*.js")), ids=lambda path: path.name)
def test_every_script_is_one_strict_function(script):
    """A page loads all scripts as one, so their top-level names must not collide."""
    lines = [line for line in script.read_text().splitlines() if not line.startswith("//")]
    assert lines[:2] == ["(() => {", '  "use strict";']
    assert lines[-1] == "})();"
    assert [line for line in lines if line and not line.startswith(" ")] == [lines[0], lines[-1]]


def test_every_icon_used_in_templates_exists():
    icons = (ROOT / "static" / "img" / "icons.svg").read_text()
    named = {(page.name, name) for page in PAGES for name in re.findall(r'{% icon "([^"]+)"', page.read_text())}
    assert len(named) > 100
    assert not {(page, name) for page, name in named if f'id="{name}"' not in icons}
