"""The index over parts of names must not miss any matching text, whatever its length and characters."""

import uuid

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from controlhub.text.names import canonical_key, canonical_part
from scim.protocol.nodes import Operator
from scim.protocol.values import fold
from scim.resources.queries.suffixes import display_name_query, name_query, user_name_query

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
    """A text, an operator, and a value that is usually a part of the text."""
    text, operator = draw(texts), draw(operators)
    start = draw(st.integers(0, len(text) - 1)) if operator in {Operator.CO, Operator.EW} else 0
    end = draw(st.integers(start + 1, len(text))) if operator in {Operator.CO, Operator.SW} else len(text)
    return text, operator, draw(st.one_of(st.just(text[start:end]), texts))


def finds(operator, value, query=display_name_query, *, organization=ORGANIZATION, **names):
    """Whether the index would find a user with these names."""
    question = query(operator, fold(value))
    if question is None:
        return True
    columns = [names.get(name, "") for name in ("display", "user", "family", "given")]
    with connection.cursor() as cursor:
        text = "SELECT controlhub_parts(%s, %s, %s, %s, %s) @@ %s::tsquery"
        cursor.execute(text, (organization, *columns, question(ORGANIZATION)))
        return cursor.fetchone()[0]


@pytest.mark.django_db
@given(asked(), texts)
def test_index_misses_no_match(question, other):
    text, operator, value = question
    if not HOLDS[operator](fold(text), fold(value)):
        return
    assert finds(operator, value, display=text, user=other)
    name, part = canonical_key(text), canonical_part(value)
    if HOLDS[operator](name, part):
        assert finds(operator, part, user_name_query, display=other, user=name)
    for display in (other, text, f"{other}{text}", f"{text}{other}", ""):
        assert finds(operator, value, name_query, display=display, family=text, given=other)
        assert finds(operator, value, name_query, display=display, family=other, given=text)


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
def test_index_does_not_find_other_display_names(text, operator, value):
    assert not finds(operator, value, display=text)


@pytest.mark.django_db
@pytest.mark.parametrize("operator", [Operator.CO, Operator.EW])
@pytest.mark.parametrize("value", ["lovelock", "@southwind.example", "lovelace.ada@northwind.invalid"])
def test_index_does_not_find_other_user_names(operator, value):
    assert not finds(operator, value, user_name_query, user="lovelace.ada@northwind.example", display="Ada Lovelace")


@pytest.mark.django_db
def test_index_does_not_find_names_of_other_organizations():
    assert finds(Operator.CO, "love", display="Ada Lovelace")
    assert not finds(Operator.CO, "love", display="Ada Lovelace", organization=uuid.uuid4())


def test_index_is_not_used_for_single_letters():
    assert display_name_query(Operator.CO, "a") is None
    assert display_name_query(Operator.CO, "李明")
    assert display_name_query(Operator.SW, "") is None
    assert name_query(Operator.EW, "a") is None
    assert user_name_query(Operator.CO, "ada") is None


@pytest.mark.parametrize("operator", [Operator.NE, Operator.GT, Operator.LE, Operator.LT])
@pytest.mark.parametrize("value", ["ada", "z" * 256])
def test_index_is_not_used_for_other_operators(operator, value):
    assert [query(operator, value) for query in (display_name_query, name_query, user_name_query)] == [None] * 3
