"""The words of a search, marked in the results."""

import pytest

from controlhub.text.marks import marked


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("Noor van Dijk", "dijk NOOR", "<mark>Noor</mark> van <mark>Dijk</mark>"),
        ("Eleanoor", "noor", "Elea<mark>noor</mark>"),
        ("Amara Ó Briain", "o briain", "Amara <mark>Ó</mark> <mark>Briain</mark>"),
        ("Straße", "strasse", "<mark>Straße</mark>"),
        ("Straße", "s", "<mark>S</mark>tra<mark>ß</mark>e"),
        ("İstanbul", "istan", "<mark>İstan</mark>bul"),
        ("O'Brien <b>", "<b>", "O&#x27;Brien <mark>&lt;b&gt;</mark>"),
        ("anna", "an ann", "<mark>ann</mark>a"),
        ("50% (a)", "% (", "50<mark>%</mark> <mark>(</mark>a)"),
        ("Nobody", "", "Nobody"),
        ("", "noor", ""),
    ],
)
def test_search_words_are_marked(text, words, expected):
    assert marked(text, words) == expected
