"""The user list: filters as chips, pagination, and remembered columns."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from controlhub.actions.users import deactivate_user, delete_user
from controlhub.models import Account, Organization, User
from controlhub.user_lists import users_matching
from tests import factories, pages


@pytest.fixture
def people(organization):
    return [
        factories.make_user(
            organization, f"user{number:02}@example.com", displayName=f"User {number:02}", title="Tester"
        )
        for number in range(30)
    ]


def names(page):
    return page.texts("tbody .c-name .who a")


def test_pages_show_all_users_in_both_directions(portal, people):
    first = pages.read(portal.get("/users/?q=user"))
    second = pages.read(portal.get(f"/users/{first.link('Next')}"))
    assert names(first) + names(second) == [f"User {number:02}" for number in range(30)]
    assert names(pages.read(portal.get(f"/users/{second.link('Previous')}"))) == names(first)
    assert names(pages.read(portal.get(f"/users/{first.link('Last')}"))) == names(first)[5:] + names(second)
    assert len(names(pages.read(portal.get("/users/?q=user&size=50")))) == 30


def test_cost_of_a_page_does_not_depend_on_the_number_of_users(portal, organization, people):
    def queries():
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert portal.get("/users/?q=user").status_code == 200
        return len(captured)

    few = queries()
    for number in range(30, 60):
        factories.make_user(organization, f"user{number}@example.com", displayName=f"User {number}")
    assert queries() == few


def test_each_filter_is_a_chip_that_removes_it(portal, people):
    deactivate_user(people[0], actor=factories.COMMAND)
    page = pages.read(portal.get("/users/?status=inactive&q=user&sort=-name"))
    assert names(page) == ["User 00"]
    assert "Status: Inactive" in page.text
    (address,) = [element["href"] for element in page.all(".facet.is-on a")]
    assert len(names(pages.read(portal.get(f"/users/{address}")))) == 25
    assert "sort=-name" in address


def test_one_filter_shows_users_with_provisioning_errors(portal, people, other_organization):
    for user in (people[4], factories.make_user(other_organization, "smith@globex.example")):
        factories.make_provisioning_error(user)
    form = pages.read(portal.get("/users/")).one("select[name=errors]")
    value = next(option["value"] for option in form.select("option") if option["value"])
    page = pages.read(portal.get(f"/users/?errors={value}"))
    assert names(page) == ["User 04"]
    (chip,) = page.all(".facet.is-on a")
    assert chip["href"] == "?"


@pytest.mark.parametrize(
    ("days", "found"), [("1", []), ("7", ["User 02", "User 01"]), ("30", ["User 02", "User 01", "User 03"])]
)
def test_one_filter_shows_users_due_for_permanent_deletion(portal, organization, people, days, found):
    Organization.objects.filter(pk=organization.pk).update(retention_days=30)
    for number, since in ((1, 24), (2, 25), (3, 9), (4, 26)):
        user = (delete_user if number == 2 else deactivate_user)(people[number], actor=factories.COMMAND)
        User.objects.filter(pk=user.pk).update(deactivated_at=user.deactivated_at - timedelta(days=since))
    User.objects.filter(pk=people[4].pk).update(hold_reason="Case 1")
    page = pages.read(portal.get(f"/users/?due={days}"))
    assert names(page) == found
    assert users_matching(organization, f"due={days}").count() == len(found)


def test_upcoming_permanent_deletion_is_marked(portal, organization, people):
    organization.retention_days = 30
    organization.save(update_fields=["retention_days"])
    for user, days in ((people[0], 28), (people[1], 5)):
        deactivate_user(user, actor=factories.COMMAND)
        User.objects.filter(pk=user.pk).update(deactivated_at=Now() - timedelta(days=days))
    portal.post("/users/columns/", {"columns": ["deletion"], "density": ""})
    page = pages.read(portal.get("/users/?status=inactive&q=user"))
    assert [text.split(" 20")[1][2:] for text in page.texts("td.c-del")] == ["2 days left", "25 days left"]
    assert len(page.all("td.c-del .soon")) == 1


def test_deleted_users_are_counted_and_listed_in_their_tab(portal, people):
    delete_user(people[3], actor=factories.COMMAND)
    page = pages.read(portal.get("/users/?size=50"))
    assert "User 03" not in names(page)
    assert page.texts(".tabs .count") == ["30", "0", "1", "1"]
    assert "User 03" in pages.read(portal.get("/users/deleted/")).text


def test_columns_and_row_height_are_remembered(portal, admin, people):
    form = pages.read(portal.get("/users/?q=user")).form("/users/columns/")
    answer = portal.post("/users/columns/", {**form.fields, "columns": ["status", "created"], "density": "compact"})
    assert answer["Location"] == "/users/?q=user"
    page = pages.read(portal.get("/users/"))
    assert page.texts("thead th")[1:-1] == ["Name", "Status", "Created"]
    assert page.all("table.is-compact")
    portal.post("/users/columns/", {"columns": ["status", "created"], "down": "status"})
    assert pages.read(portal.get("/users/")).texts("thead th")[1:-1] == ["Name", "Created", "Status"]
    assert not Account.objects.exclude(pk=admin.pk).exclude(user_list={}).exists()


@pytest.mark.parametrize("columns", [["nonsense"], ["status", "status"], ["a\0b"]])
def test_unknown_columns_are_not_saved(portal, admin, columns):
    assert portal.post("/users/columns/", {"columns": columns}).status_code == 302
    admin.refresh_from_db()
    assert admin.user_list.get("columns", []) in ([], ["status"])


def test_list_without_matches_explains_what_to_do(portal, people):
    page = pages.read(portal.get("/users/?q=nobody"))
    assert "No users found" in page.text
    assert page.link("Reset filters") == "/users/"


def test_long_and_unusual_names_are_shown(portal, organization):
    for number, name in enumerate(("x" * 300, "مريم العلي", "🦊 Fox", "<b>bold</b>")):
        factories.make_user(organization, f"s{number}@example.com", displayName=name)
    page = pages.read(portal.get("/users/"))
    assert {"مريم العلي", "🦊 Fox", "<b>bold</b>"} <= set(names(page))


def test_rows_are_rendered_without_their_own_templates(portal, organization, people):
    def rendered():
        return len(portal.get("/users/?q=user&size=100").templates)

    few = rendered()
    for number in range(30, 60):
        factories.make_user(organization, f"user{number}@example.com", displayName=f"User {number}")
    assert rendered() == few


def test_elements_outside_the_results_follow_the_filter(portal, organization):
    """The export link, the column form and the tab, with and without an htmx swap of the results."""
    factories.make_user(organization, "bjensen@example.com", displayName="Barbara Jensen")
    for headers in ({}, {"HX-Request": "true"}):
        page = pages.read(portal.get("/users/?q=jensen&status=active", headers=headers))
        assert page.one("#list-export")["href"] == "/users/export/?q=jensen&status=active"
        assert page.one("#list-query")["value"] == "q=jensen&status=active"
        assert page.one("#list-save")["href"] == "/users/views/save/?q=jensen&status=active"
        page = pages.read(portal.get("/users/?status=not_verified", headers=headers))
        assert pages.text_of(page.one("#list-tabs [aria-current]")).startswith("Invited")
