"""The index over suffixes: no text that fulfils a comparison may be missed, whatever its length and signs."""

import uuid

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from scim.protocol.nodes import Operator
from scim.protocol.values import fold
from scim.resources.suffixes import suffix_query

ORGANIZATION = uuid.UUID("01234567-89ab-7def-8123-456789abcdef")
ALPHABET = "aB'\\{}:*&|! éß李"
texts = st.one_of(
    st.text(ALPHABET, min_size=1, max_size=20),
    st.sampled_from(["a" * 255, "a" * 256, "B" * 300 + "a", "\x01a", "a\x01"]),
)
operators = st.sampled_from([Operator.CO, Operator.SW, Operator.EW, Operator.EQ])
HOLDS = {
    Operator.CO: lambda text, value: value in text,
    Operator.SW: str.startswith,
    Operator.EW: str.endswith,
    Operator.EQ: str.__eq__,
}


@st.composite
def asked(draw):
    """A text, an operator, and a value that is a part of the text, most often."""
    text, operator = draw(texts), draw(operators)
    start = draw(st.integers(0, len(text) - 1)) if operator in {Operator.CO, Operator.EW} else 0
    end = draw(st.integers(start + 1, len(text))) if operator in {Operator.CO, Operator.SW} else len(text)
    return text, operator, draw(st.one_of(st.just(text[start:end]), texts))


def finds(text, operator, value, *, organization=ORGANIZATION):
    query = suffix_query(operator, fold(value))
    if query is None:
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT controlhub_suffixes(%s, %s) @@ %s::tsquery", (organization, text, query(ORGANIZATION)))
        return cursor.fetchone()[0]


@pytest.mark.django_db
@given(asked())
def test_nothing_that_matches_is_missed(question):
    text, operator, value = question
    if HOLDS[operator](fold(text), fold(value)):
        assert finds(text, operator, value)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "operator", "value"),
    [
        ("Ada Lovelace", Operator.CO, "lovelock"),
        ("Ada Lovelace", Operator.CO, "ada lovelady"),
        ("Ada Lovelace", Operator.EW, "love"),
        ("Ada Lovelace", Operator.EW, "ada love"),
        ("Ada Lovelace", Operator.EQ, "lovelace"),
        ("Ada Lovelace", Operator.SW, "lovelace"),
        ("Ada Lovelace", Operator.SW, "love"),
        ("Joanna", Operator.SW, "anna"),
        ("Lili", Operator.EQ, "li"),
    ],
)
def test_what_does_not_match_is_not_even_looked_at(text, operator, value):
    assert not finds(text, operator, value)


@pytest.mark.django_db
def test_names_of_other_organizations_are_not_looked_at():
    assert finds("Ada Lovelace", Operator.CO, "love")
    assert not finds("Ada Lovelace", Operator.CO, "love", organization=uuid.uuid4())


def test_one_letter_is_in_most_texts():
    assert suffix_query(Operator.CO, "a") is None
    assert suffix_query(Operator.CO, "李明")
    assert suffix_query(Operator.SW, "") is None


@pytest.mark.parametrize("operator", [Operator.NE, Operator.GT, Operator.LE, Operator.LT])
@pytest.mark.parametrize("value", ["ada", "z" * 256])
def test_other_comparisons_are_not_for_this_index(operator, value):
    assert suffix_query(operator, value) is None
