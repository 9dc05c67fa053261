"""Pages of the user list: each user once, in the displayed order, from either end."""

import pytest
from django.db import connection
from django.db.models.functions import Now

from audit.actor import COMMAND
from controlhub.actions.users import deactivate_user, delete_user
from controlhub.models import User
from controlhub.user_lists import Criteria, load_page, users_matching
from controlhub.user_lists.cursors import cursor_of
from controlhub.user_lists.orders import order_of
from tests import factories

NAMES = ("Zoe", "adam", "Bert", "Ådne", "bert", "", "Carl", "Adam", "dora", "Émile")


@pytest.fixture
def people(organization):
    return [
        factories.make_user(organization, f"u{index}@{'a' if index % 2 else 'b'}.example", displayName=name)
        for index, name in enumerate(NAMES)
    ]


def walk(organization, criteria, sort, *, size=3, backward=False):
    """All users, page by page."""
    order, users, query = order_of(sort, criteria), [], {"last": "1"} if backward else {}
    for _ in range(20):
        page = load_page(organization, criteria, order, cursor_of(query, order), size=size)
        assert len(page.users) <= size
        users = [*page.users, *users] if backward else [*users, *page.users]
        place = page.previous if backward else page.next
        if not place:
            return users
        query = {"before" if backward else "after": place}
    raise AssertionError("the pages do not end")


@pytest.mark.parametrize("sort", ["name", "-name", "email", "-email", "created", "-created"])
@pytest.mark.parametrize("query", [{}, {"status": "active"}, {"domain": "a.example"}, {"q": "a"}, {"q": "example"}])
def test_pages_show_each_user_once_in_one_order(organization, people, sort, query):
    criteria = Criteria.read(query)
    users = walk(organization, criteria, sort)
    assert sorted(user.pk for user in users) == sorted(user.pk for user in users_matching(organization, query))
    assert walk(organization, criteria, sort, backward=True) == users
    sign = sort.startswith("-")
    keys = [(user.sort_key, user.ordinal) for user in users]
    assert keys == sorted(keys, reverse=sign)


@pytest.mark.parametrize(
    ("query", "sort", "number"),
    [("status=active", "name", 9), ("status=inactive", "name", 1), ("status=inactive", "deletion", 1)],
)
def test_filter_by_status_shows_the_number_of_its_users(organization, people, query, sort, number, monkeypatch):
    deactivate_user(people[0], actor=COMMAND)
    criteria = Criteria.read(query)
    order = order_of(sort, criteria)
    page = load_page(organization, criteria, order, cursor_of({}, order), size=3)
    assert (page.count.number, page.count.is_exact) == (number, True)
    monkeypatch.setattr("controlhub.user_lists.pages.MOST_SORTED", 0)
    page = load_page(organization, criteria, order, cursor_of({}, order), size=3)
    assert (page.count.number, page.count.is_exact) == (0, False)


def test_list_without_a_filter_shows_the_number_of_its_tab(organization, people):
    order = order_of("name", Criteria())
    assert load_page(organization, Criteria(), order, cursor_of({}, order), size=3).count is None


def test_users_are_sorted_by_the_displayed_name(organization):
    for name, document in (
        ("zed@example.com", {"displayName": "Anna"}),
        ("yan@example.com", {"name": {"givenName": "Bea", "familyName": "Wu"}}),
        ("carl@example.com", {}),
        ("xaver@example.com", {"displayName": "dora"}),
    ):
        factories.make_user(organization, name, **document)
    users = walk(organization, Criteria(), "name")
    assert [user.display_label for user in users] == ["Anna", "Bea Wu", "carl@example.com", "dora"]


def test_deleted_users_are_only_in_their_tab(organization, people):
    gone = people[0]
    delete_user(gone, actor=COMMAND)
    User.objects.filter(pk=people[1].pk).update(active=False, deactivated_at=Now())
    assert gone not in walk(organization, Criteria(), "name")
    assert people[1] in walk(organization, Criteria(), "name")
    for sort in ("", "name", "email", "created", "-deletion"):
        assert walk(organization, Criteria(tab="deleted"), sort) == [gone]
    assert walk(organization, Criteria(status="inactive"), "deletion") == [people[1]]
    assert walk(organization, Criteria(tab="deleted", q="u0@b"), "") == [gone]


@pytest.mark.parametrize(
    "place", ["", "nonsense", "bnVsbA", "WzEsMl0", "WyJhIiwgInMiXQ", "WyJhXHUwMDAwIiwgMV0", "Å" * 50]
)
def test_invalid_cursor_means_the_start(organization, people, place):
    for name in ("after", "before"):
        for sort in ("name", "created"):
            order = order_of(sort, Criteria())
            page = load_page(organization, Criteria(), order, cursor_of({name: place}, order), size=3)
            assert not page.previous
            assert page.next


def test_many_matches_can_be_paged_through(organization, people, scim, monkeypatch):
    monkeypatch.setattr("controlhub.user_lists.pages.MOST_SORTED", 2)
    members = [{"value": str(user.pk)} for user in people[2:]]
    group = scim.post("/Groups", {"displayName": "Crew", "members": members}).document["id"]
    for user in people[:4]:
        factories.make_provisioning_error(user)
    for query, number in (({"domain": "a.example"}, 5), ({"group": group}, 8), ({"errors": "yes"}, 4)):
        criteria = Criteria.read(query)
        users = walk(organization, criteria, "name", size=2)
        assert len(users) == number
        assert {user.pk for user in users} == {user.pk for user in users_matching(organization, query)}
        order = order_of("name", criteria)
        page = load_page(organization, criteria, order, cursor_of({}, order), size=2)
        assert not page.count.is_exact


def test_search_with_too_many_results_shows_the_first_ones(organization, people, monkeypatch):
    monkeypatch.setattr("controlhub.user_lists.pages.MOST_FOUND", 4)
    criteria = Criteria(q="example")
    order = order_of("name", criteria)
    page = load_page(organization, criteria, order, cursor_of({}, order), size=3)
    assert page.is_cut
    assert str(page.count) == "more than 4"


def test_matches_at_the_other_end_are_found_without_a_scan(organization, people, monkeypatch):
    """The index scan in list order is given up, and the first matching users from another index are shown."""
    monkeypatch.setattr("controlhub.user_lists.pages.MOST_SORTED", 2)
    monkeypatch.setattr("controlhub.user_lists.pages._walked", cancelled)
    criteria = Criteria(domain="a.example")
    order = order_of("name", criteria)
    page = load_page(organization, criteria, order, cursor_of({}, order), size=2)
    assert (len(page.users), page.is_cut) == (2, True)


def cancelled(*_):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 1")
        cursor.execute("SELECT pg_sleep(5)")
