"""Searches find all words in any name and any order, and identifiers of one user."""

import pytest

from controlhub.actions.users import delete_user
from controlhub.sql.user_lists import expected_users
from controlhub.user_lists import users_matching
from tests import factories
from tests.plans import rewrite

EXTERNAL = "9F7B3A52-11C4-4E0B-8A53-2D1F00C0FFEE"


@pytest.fixture
def mary(organization):
    return factories.make_user(
        organization,
        "mary dw",
        name={"givenName": "Mary Ann", "familyName": "de Wit"},
        displayName="M. de Wit",
        externalId=EXTERNAL,
        emails=[{"value": "m.dewit@northwind.example", "primary": True}],
    )


@pytest.fixture
def smit(organization):
    return factories.make_user(
        organization, "j.smit@example.com", name={"givenName": "Jan", "familyName": "Smit"}, displayName="Jan Smit"
    )


def found(organization, text, **more):
    return list(users_matching(organization, {"q": text, **more}))


@pytest.mark.parametrize(
    "text",
    [
        *("Mary Ann de Wit", "de Wit Mary", "wit  mary", "mary dw", "MARY", "ary", "de w", "wit", "ann y", "dw mary"),
        *("m", " Mary ", "y mary d", "ma"),
    ],
)  # fmt: skip
def test_finds_all_words_in_any_order(organization, mary, smit, text):
    assert found(organization, text) == [mary]


@pytest.mark.parametrize("text", ["Mary Ann de Wit", "wit  mary", "mary dw"])
def test_finds_deleted_users_by_all_words(organization, mary, smit, text):
    delete_user(mary, actor=factories.COMMAND)
    assert found(organization, text) == []
    assert found(organization, text, tab="deleted") == [mary]


@pytest.mark.parametrize(
    "text", ["Mary Smit", "maryann", "zzz", "q", "de Wit Jan", "' | x", "a:* & !b", "{tenant}", "%", "\\"]
)
def test_finds_nobody_if_a_word_is_in_no_name(organization, mary, smit, text):
    assert found(organization, text) == []


@pytest.mark.parametrize("form", [str, str.upper, str.lower, "  {}\t".format])
def test_finds_the_user_with_an_identifier(organization, mary, smit, form):
    for identifier in (str(mary.pk), EXTERNAL, "m.dewit@northwind.example"):
        assert found(organization, form(identifier)) == [mary]


def test_finds_nothing_for_an_unknown_id(organization, mary):
    assert found(organization, "00000000-0000-4000-8000-000000000000") == []


def test_does_not_find_users_of_another_organization(organization, mary):
    other = factories.make_organization("Globex")
    twin = factories.make_user(other, "mary@globex.example", displayName="Mary de Wit", externalId=EXTERNAL)
    assert found(organization, str(twin.pk)) == []
    assert found(other, "mary wit") == [twin]
    assert found(other, EXTERNAL) == [twin]
    assert found(other, str(mary.pk)) == []


def test_long_names_and_many_words_are_found(organization):
    user = factories.make_user(organization, "long@example.com", displayName="Ab " * 100 + "Zyx")
    assert found(organization, "zyx") == [user]
    assert found(organization, "ab " * 60) == [user]


@pytest.mark.parametrize("expected", [5_000, 20_000, 500_000])
@pytest.mark.parametrize("text", ["mary", "ary", "de wi", "mary wit", "wi mary"])
def test_finds_the_same_users_with_any_estimate(organization, mary, smit, text, expected, monkeypatch):
    monkeypatch.setattr("controlhub.user_lists.search.expected_users", lambda entries: expected * (1 + len(entries)))
    assert found(organization, text) == [mary]


def test_word_of_five_letters_is_found_anywhere_in_a_user_name(organization, smit):
    for word in (".smit", "smit@", "mit@e", "it@ex", "t@exa"):
        assert found(organization, word) == [smit], word


def test_planner_knows_that_a_part_is_common(organization):
    for number in range(50):
        factories.make_user(organization, f"user{number}@example.com", displayName=f"Colleague {number}")
    rewrite("controlhub_user")
    mark = str(organization.pk)[-6:]
    assert expected_users(f"'{mark}colleagu'") > 40
    assert expected_users(f"'{mark}babadu':*") < 10


@pytest.mark.parametrize("text", ["smit", "s", "jan", "example", "exam"])
def test_finds_users_by_a_word_that_many_names_begin_with(organization, mary, smit, text, monkeypatch):
    monkeypatch.setattr("controlhub.sql.user_lists.COMMON", 0)
    monkeypatch.setattr("controlhub.user_lists.search.expected_users", lambda _entries: 500_000)
    assert found(organization, text) == [smit]
