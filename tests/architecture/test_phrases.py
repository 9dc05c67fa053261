"""The checks of phrases and of commit subjects (decision 0051)."""

from pathlib import Path

import pytest

from docs import phrases, subjects


def found(name, text):
    return [(line, finding.split(":")[0].strip("'")) for line, finding in phrases.findings_in(Path(name), text)]


def test_finds_phrases_in_docs_with_their_lines():
    assert found("guide.md", "One line.\nThe user shall sign in anew.") == [(2, "shall"), (2, "anew")]


def test_finds_phrases_in_comments_and_strings_of_code():
    code = 'beside = 1  # told twice\n"""First line,\nthen whoever."""\nf"{beside} stands"\n'
    assert found("code.py", code) == [(1, "told"), (3, "whoever"), (4, "beside"), (4, "stands")]


@pytest.mark.parametrize(
    "text",
    [
        "There is no user. It is no longer used, and is no more than a test.",
        "URN stands for a name. Values are separated by commas. Two labels are told apart.",
        "`value` is None where there is none.",
    ],
)
def test_accepts_ordinary_phrases(text):
    assert found("guide.md", text) == []


@pytest.mark.parametrize(
    "subject",
    [
        "scim: Reject members without a value",
        "audit, bench: Process events in batches",
        'Revert "scim: Reject members without a value"',
        "fixup! scim: Reject members without a value",
    ],
)
def test_accepts_subject(subject):
    assert list(subjects.faults_of(subject)) == []


@pytest.mark.parametrize(
    ("subject", "fault"),
    [
        ("scim: Reject members without a value.", "full stop"),
        ("scim: " + "Reject members " * 5, "characters"),
        ("Reject members", "area: Subject"),
        ("scim: reject members", "area: Subject"),
        ("scim: Rejected members", "imperative"),
        ("scim: Rejects members", "imperative"),
        ("docs: What a member is", "imperative"),
    ],
)
def test_rejects_subject(subject, fault):
    assert any(fault in sentence for sentence in subjects.faults_of(subject))
