"""Text is unchanged after a round trip through cells, and no cell is calculated."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from controlhub.text.spreadsheets import FORMULA_STARTS, guarded, unguarded
from controlhub.user_files.cells import Word, read, written

HARD = [
    "",
    " ",
    "=1+1",
    "+4930123456",
    "-5",
    "@home",
    "'=1",
    "''-5",
    "'t Hooft",
    "(clear)",
    '""',
    '"a"',
    "a\r\nb",
    "00042",
    "\t=1",
    "\ufffe",
]


@pytest.mark.parametrize("is_plain", [False, True])
@pytest.mark.parametrize("text", HARD)
def test_text_survives_a_round_trip(text, is_plain):
    assert read(written(text, is_plain=is_plain)) == text


@given(st.text(), st.booleans())
@example("' =1", False)
def test_any_text_survives_a_round_trip(text, is_plain):
    assert read(written(text, is_plain=is_plain)) == text


@given(st.text())
def test_no_cell_is_a_formula(text):
    assert not written(text).lstrip(" ").startswith(FORMULA_STARTS)


@given(st.text())
def test_guard_is_removed_exactly(text):
    assert unguarded(guarded(text)) == text
    assert unguarded(guarded(text, is_plain=True)) == text


def test_apostrophe_in_a_name_is_kept():
    assert read("'t Hooft") == "'t Hooft"


@pytest.mark.parametrize(("cell", "word"), [("", Word.BLANK), (" \t", Word.BLANK), ("(Clear)", Word.CLEAR)])
def test_blank_cells_and_the_clear_marker_are_recognized(cell, word):
    assert read(cell) is word
