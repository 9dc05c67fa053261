"""What keeps templates and style sheets readable, and free of what nothing uses."""

import re
from pathlib import Path

import pytest
from django.template.loader import get_template

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
PAGES = sorted(TEMPLATES.rglob("*.html"))
COMPONENTS = sorted((TEMPLATES / "components").glob("*.html"))
MOST_CHARACTERS = 160
# Classes that are put together in a template, and the class that htmx itself sets.
FROM_VALUES = re.compile(r"(t|chip|btn|icon|banner|tile|health)--?\w+(-\w+)*|steps__\w+|htmx-request")


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
    """The classes in its selectors. CSS is read by its braces: the text before one is a selector."""
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


def test_every_style_sheet_is_linked():
    head = (TEMPLATES / "components" / "_head.html").read_text()
    css = ROOT / "static" / "css"
    assert not [str(path) for path in css.rglob("*.css") if f"css/{path.relative_to(css)}" not in head]
