"""References in code and docs exist in this repository: documents, decisions, and in documents files and commands."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("*.py", "*.sql", "*.html", "*.txt", "*.css", "*.js", "*.md", "*.toml", "Makefile", ".ci/run")
NOT_OURS = {".git", ".venv", "var"}
# Their references belong to documents made by the test.
EXAMPLES = {
    "tests/architecture/test_citations.py",
    "tests/architecture/test_phrases.py",
    "tests/campaigns/test_figures.py",
}
# Matched in single words: a pattern that begins with any number of characters is slow on long lines.
WORD = re.compile(r"[\w./:#-]+")
# If there is a URL that ends with the name, it is an external document.
DOCUMENT = re.compile(r"(?P<before>[\w./:-]*?)(?P<name>(?:[\w-]+/)*[\w-]+\.md)(?:#(?P<anchor>[\w-]+))?")
SECTION = re.compile(r"\.md §.*")
CODE = re.compile(r"`([^`\n]+)`")
BLOCK = re.compile(r"^ *(make .+)$", re.MULTILINE)
MAKE = re.compile(r"\bmake ((?!-)[a-z-]+)")
DECISION = re.compile(r"\b[Dd]ecisions? (?P<number>\d{4})\b|decisions/(?P<path>\d{4})")


def texts():
    listed = subprocess.run(["git", "ls-files", *KINDS], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in listed.splitlines():
        if (ROOT / name).exists() and name not in EXAMPLES:
            yield name, (ROOT / name).read_text(encoding="utf-8")


def cited(name, match):
    """Whether a reference resolves: next to the file that contains it, in docs, or from the root."""
    if "://" in match["before"]:
        return True
    mentioned = match["before"] + match["name"]
    folders = ((ROOT / name).parent, ROOT, ROOT / "docs")
    return any((folder / mentioned).exists() for folder in folders)


def documents(text):
    for word in WORD.finditer(text):
        if ".md" in word[0]:
            yield from DOCUMENT.finditer(word[0])


def missing(name, text):
    for match in documents(text):
        if not cited(name, match):
            yield f"{name}: {match[0]}"
    yield from (f"{name}: {match[0]} (name the heading)" for match in SECTION.finditer(text))
    for match in DECISION.finditer(text):
        number = match["number"] or match["path"]
        if not list((ROOT / "docs" / "decisions").glob(f"{number}-*.md")):
            yield f"{name}: decision {number}"


def test_every_citation_is_found_in_this_repository():
    assert [line for name, text in texts() for line in missing(name, text)] == []


def handbook():
    """The documents about the current state. Others describe the past, or what a change would add."""
    for name, text in texts():
        if name.endswith(".md") and not name.startswith(("docs/decisions/", "docs/changing.md", "CHANGELOG")):
            yield name, text


def missing_files(text):
    """Paths under a folder of this repository, in backticks, that do not exist. `*` matches any name."""
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and path.name not in NOT_OURS}
    for code in CODE.findall(text):
        path = code.partition("::")[0].rstrip("/")
        top, slash, below = path.partition("/")
        if top in folders and slash and " " not in path and not any(ROOT.glob(f"{top}/{below}*")):
            yield path


def missing_targets(text):
    """Targets of make, in backticks or in blocks of commands, that the Makefile does not define."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    commands = [*CODE.findall(text), *BLOCK.findall(text)]
    named = {target for command in commands for target in MAKE.findall(command)}
    yield from sorted(named - targets)


def test_every_file_in_the_handbook_exists():
    assert [f"{name}: {path}" for name, text in handbook() for path in missing_files(text)] == []


def test_every_make_target_in_the_handbook_exists():
    assert [f"{name}: make {target}" for name, text in handbook() for target in missing_targets(text)] == []


def test_missing_files_and_targets_are_found():
    assert list(missing_files("see `scim/no/such.py` and `tests/tiers.py`")) == ["scim/no/such.py"]
    assert list(missing_targets("run `make tea` or `make test`")) == ["tea"]


@pytest.mark.parametrize(
    "text", ["see security.md §2", "(docs/no-such-page.md)", "decision 9999", "docs/decisions/9998-x.md"]
)
def test_missing_documents_are_found(text):
    assert list(missing("controlhub/settings.py", text))


@pytest.mark.parametrize("text", ["docs/operations.md", "decision 0042", "https://example.com/a/b/no-such-page.md"])
def test_documents_that_exist_are_accepted(text):
    assert list(missing("controlhub/settings.py", text)) == []
