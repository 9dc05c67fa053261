"""Searches find users by phone and employee number, whatever separates the digits."""

import importlib

import pytest
from django.db import connection

from bench.seed import add_people
from controlhub.actions.users import update_user
from controlhub.actions.users.lifecycle import lock
from controlhub.models import User
from controlhub.portal.searches import find_people
from controlhub.user_lists import users_matching
from tests import factories, pages
from tests.factories import COMMAND, ENTERPRISE
from tests.plans import RowsRead, rewrite

PHONES = ("+49 (170) 123-4567", "tel:+49-89-2000-4711")


def make(organization, name, phones=(), employee=""):
    document = {"phoneNumbers": [{"value": phone} for phone in phones]} if phones else {}
    if employee:
        document[ENTERPRISE] = {"employeeNumber": employee}
    return factories.make_user(organization, name, **document)


@pytest.fixture
def noor(organization):
    return make(organization, "noor@example.com", PHONES, "E-00042")


@pytest.fixture
def others(organization):
    return [make(organization, f"user{n}@example.com", (f"+47 22 00 00 0{n}",), str(42 + n)) for n in range(3)]


def found(organization, text):
    return list(users_matching(organization, {"q": text}))


@pytest.mark.parametrize(
    "text",
    [
        *("+49 170 123", "+49170123", "0049 170 1234567", "491701234567", "+49 (170) 123-4567", "0170/1234567"),
        *("4711", "89 2000-4711", "2000 4711", "+49 89 2000 4711", "  +49 89 2000  "),
        *("E-00042", "e-00042", " E-00042 "),
    ],
)  # fmt: skip
def test_finds_the_user_with_a_number(organization, noor, others, text):
    assert found(organization, text) == [noor]
    assert find_people(organization, text).ids == [noor.pk]


@pytest.mark.parametrize(
    "text",
    [
        "00042",
        "E-0004",
        "42 E",
        "+49 17",
        "170 1",
        "711",
        "+49",
        "0",
        "00",
        "+",
        "--",
        "1" * 100,
        "\\",
        "'",
        "E-00042'",
    ],
)
def test_finds_nobody_without_that_number(organization, noor, others, text):
    assert noor not in found(organization, text)
    assert noor.pk not in find_people(organization, text).ids


def test_leading_zeros_make_a_different_employee_number(organization):
    short, padded = (
        make(organization, "a@example.com", employee="42"),
        make(organization, "b@example.com", employee="0042"),
    )
    assert found(organization, "42") == [short]
    assert found(organization, "0042") == [padded]


def test_digits_in_a_user_name_are_found_too(organization):
    named = make(organization, "user4711@example.com")
    dialed = make(organization, "noor@example.com", PHONES)
    assert set(found(organization, "4711")) == {named, dialed}


def test_does_not_find_users_of_another_organization(other_organization, organization, noor):
    assert found(other_organization, "+49 170 1234567") == []
    assert find_people(other_organization, "E-00042").ids == []


def test_changed_numbers_are_found_immediately(organization, noor):
    document = {**noor.document, "phoneNumbers": [{"value": "+1 212 555 0100"}]}
    document.pop(ENTERPRISE)
    update_user(lock(noor), document=document, actor=COMMAND)
    assert found(organization, "+1 212 555 0100") == [noor]
    for text in (PHONES[0], "E-00042"):
        assert found(organization, text) == []


def test_filters_apply_to_a_number(organization, noor):
    assert list(users_matching(organization, {"q": "4711", "status": "inactive"})) == []
    assert list(users_matching(organization, {"q": "4711", "status": "active"})) == [noor]


def test_every_search_box_finds_a_number(portal, organization, noor):
    for address in ("/search/?q=", "/users/?q="):
        for text in ("%2B49 170 123", "E-00042"):
            links = {link["href"] for link in pages.read(portal.get(f"{address}{text}")).all("main a[href]")}
            assert f"/users/{noor.pk}/" in links


def test_unusual_numbers_can_be_stored(scim):
    phones = [
        {"value": value}
        for value in ("x" * 500, "١٢٣٤٥٦٧", "'", "\\", "0", "9" * 65, *(f"+1 {n:010}" for n in range(40)))
    ]
    made = scim.post(
        "/Users", {"userName": "odd@example.com", "phoneNumbers": phones, ENTERPRISE: {"employeeNumber": " "}}
    )
    user = User.objects.get(pk=made.document["id"])
    assert len(user.numbers) <= 20
    assert scim.patch(f"/Users/{user.pk}", {"op": "replace", "path": "title", "value": "x"}).status_code == 200


@pytest.mark.parametrize("size", [3_000, pytest.param(20_000, marks=pytest.mark.deep)])
def test_search_reads_only_matching_rows(organization, size):
    ids = add_people(organization, size)
    rewrite("controlhub_user")
    for text, most in ((f"+47 22 {1_234:06}", 1), ("1234", 60), (str(size - 1), 60)):
        rows = RowsRead()
        with connection.execute_wrapper(rows):
            users = found(organization, text)
        assert users
        assert {user.pk for user in users} <= set(ids)
        assert rows.by_table["controlhub_user"] <= 4 * most, text


def heap_only(cursor):
    """The number of user updates in this transaction, and the number of HOT updates among them."""
    cursor.execute("SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_xact_user_tables WHERE relname = 'controlhub_user'")
    return cursor.fetchone()


def test_changing_another_attribute_updates_no_index(organization):
    rewrite("controlhub_user")  # a page with free space
    user = make(organization, "noor@example.com", PHONES, "E-00042")
    with connection.cursor() as cursor:
        before = heap_only(cursor)
        for number in range(3):
            user = lock(user)
            update_user(user, document={**user.document, "title": f"Title {number}"}, actor=COMMAND)
        after = heap_only(cursor)
    assert [late - early for early, late in zip(before, after, strict=True)] == [3, 3]


@pytest.mark.django_db(transaction=True)
def test_migration_writes_the_same_as_the_actions():
    organization = factories.make_organization()
    make(organization, "a@example.com", [*PHONES, "0049 170 99", "123", "x" * 70, "9" * 70], " É-00042\t")
    make(organization, "b@example.com", [f"+1 {n:010}" for n in range(40)], "x" * 65)
    make(organization, "c@example.com")
    before = dict(User.objects.values_list("user_name", "numbers"))
    User.objects.update(numbers=[])
    with connection.cursor() as cursor:
        cursor.execute(importlib.import_module("controlhub.migrations.0069_user_numbers").FILL)
    assert dict(User.objects.values_list("user_name", "numbers")) == before
    assert [len(numbers) for _name, numbers in sorted(before.items())] == [7, 20, 0]
