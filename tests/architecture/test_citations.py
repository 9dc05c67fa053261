"""What code and docs refer to is in this repository: documents, decisions and the headings of documents."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("*.py", "*.sql", "*.html", "*.txt", "*.css", "*.js", "*.md", "*.toml", "Makefile", ".ci/run")
# Their documents are made by the test.
EXAMPLES = {
    "tests/architecture/test_citations.py",
    "tests/architecture/test_phrases.py",
    "tests/campaigns/test_figures.py",
}
# In words, not in whole texts: a pattern that begins with any number of characters is slow on long lines.
WORD = re.compile(r"[\w./:#-]+")
# The URL, if there is one, ends with the name: then the document is somebody else's.
DOCUMENT = re.compile(r"(?P<before>[\w./:-]*?)(?P<name>(?:[\w-]+/)*[\w-]+\.md)(?:#(?P<anchor>[\w-]+))?")
SECTION = re.compile(r"\.md §.*")
DECISION = re.compile(r"\b[Dd]ecisions? (?P<number>\d{4})\b|decisions/(?P<path>\d{4})")


def texts():
    listed = subprocess.run(["git", "ls-files", *KINDS], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in listed.splitlines():
        if (ROOT / name).exists() and name not in EXAMPLES:
            yield name, (ROOT / name).read_text(encoding="utf-8")


def cited(name, match):
    """The file that a mention can mean: next to the file that mentions it, in docs, or from the root."""
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


@pytest.mark.parametrize(
    "text", ["see security.md §2", "(docs/no-such-page.md)", "decision 9999", "docs/decisions/9998-x.md"]
)
def test_missing_documents_are_found(text):
    assert list(missing("controlhub/settings.py", text))


@pytest.mark.parametrize("text", ["docs/operations.md", "decision 0042", "https://example.com/a/b/no-such-page.md"])
def test_documents_that_exist_are_accepted(text):
    assert list(missing("controlhub/settings.py", text)) == []
