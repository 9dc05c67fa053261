"""Actions on many users: confirmed first, counted correctly, and never silently partial."""

import pytest

from audit.models import AuditEvent
from controlhub.actions.jobs.running import run_due_jobs
from controlhub.actions.organizations import change_policies
from controlhub.actions.users import deactivate_user, delete_user, hold_user
from controlhub.models import Job, User
from tests import factories, pages
from tests.bulk import press_many


@pytest.fixture
def gone(organization):
    users = [factories.make_user(organization, f"user{n}@example.com", displayName=f"User {n}") for n in range(7)]
    return [delete_user(user, actor=factories.COMMAND) for user in users]


@pytest.fixture
def burst(organization):
    users = [factories.make_user(organization, f"new{n}@example.com", displayName=f"New {n}") for n in range(12)]
    users = [deactivate_user(user, actor=factories.COMMAND) for user in users]
    User.objects.filter(pk__in=[user.pk for user in users]).update(reviewed=False)
    return users


def waiting():
    return User.objects.filter(reviewed=False).count()


def events():
    return AuditEvent.objects.exclude(action="session.signed_in").count()


# --- D6: confirm before ending the protection of many -------------------------------------------------------------


def test_banner_links_to_a_confirmation_page(portal, burst):
    page = pages.read(portal.get("/users/"))
    assert page.link("Confirm deactivations") == "/users/deleted/review/"
    assert "/users/deleted/review/" not in [form.action for form in page.forms], "no button that acts at once"
    asked = pages.read(portal.get("/users/deleted/review/"))
    assert "Confirm 12 deactivations?" in asked.text
    assert "New 1" in asked.text
    assert "2 more" in asked.text
    assert waiting() == 12
    portal.post("/users/deleted/review/", asked.form("/users/deleted/review/").fields)
    assert waiting() == 0


@pytest.mark.parametrize("number", ["", "11", "13", "x", "-1", "²", None])
def test_changed_number_must_be_confirmed_again(portal, burst, number):
    answer = portal.post("/users/deleted/review/", {} if number is None else {"number": number})
    assert answer.status_code == 409
    assert "The number has changed to 12" in pages.read(answer).text
    assert waiting() == 12


def test_nothing_to_confirm_is_not_a_success(portal):
    for method in (portal.get, portal.post):
        page = pages.read(method("/users/deleted/review/", follow=True))
        assert "No deactivations are waiting" in page.text
        assert "Confirmed" not in page.text


def test_ending_the_legal_hold_of_the_organization_requires_confirmation(portal, organization):
    change_policies(organization, changes={"hold_reason": "Case 7"}, actor=factories.COMMAND)
    page = pages.read(portal.get("/organization/"))
    assert page.link("End legal hold") == "/organization/release/"
    assert "Case 7" in pages.read(portal.get("/organization/release/")).text
    organization.refresh_from_db()
    assert organization.hold_reason == "Case 7"
    portal.post("/organization/release/")
    organization.refresh_from_db()
    assert organization.hold_reason == ""


# --- D7: doing nothing is not a success -------------------------------------------------------------------------------


def test_restoring_no_user_is_not_a_success(portal, organization, gone):
    for n in range(2):
        factories.make_user(organization, f"user{n}@example.com")
    answer = press_many(portal, "/users/deleted/restore/", [user.pk for user in gone[:2]])
    page = pages.read(portal.get(answer["Location"]))
    assert "user0@example.com has been taken" in page.text
    assert "user1@example.com has been taken" in page.text
    job = Job.objects.get()
    assert (job.counts, job.problem_count) == ({}, 2)


@pytest.mark.parametrize(
    ("address", "fields"),
    [
        ("/users/deleted/restore/", {}),
        ("/users/deleted/restore/", {"ids": ["nonsense", "00000000-0000-0000-0000-000000000000"]}),
        ("/users/deleted/purge/", {}),
        ("/users/deactivate/", {}),
        ("/users/deactivate/", {"confirm": "yes", "ids": ["nonsense"]}),
        ("/account/sessions/end/", {}),
        ("/users/{me}/access/revoke/", {}),
        ("/users/deleted/review/", {"number": "0"}),
    ],
)
def test_action_without_effect_is_not_shown_as_success(portal, admin, address, fields):
    person = factories.make_user(admin.user.organization)
    before = events()
    answer = portal.post(address.format(me=person.pk), fields, follow=True)
    assert events() == before
    assert pages.read(answer).texts("main .banner"), "but it is said"
    assert not [m for m in answer.context["messages"] if m.level_tag == "success"]


# --- D11: selecting all of many ------------------------------------------------------------------------------------


def left():
    return User.objects.filter(active=False).count()


def test_all_users_are_deleted_by_a_job(portal, gone, monkeypatch):
    """There are more users than one request deletes, so the worker does it and reports all of them."""
    monkeypatch.setattr("controlhub.actions.bulk.starting.AT_ONCE", 3)
    query = "tab=deleted"
    assert press_many(portal, "/users/deleted/purge/", "all", query=query, confirm="delete 6").status_code == 422
    answer = press_many(portal, "/users/deleted/purge/", "all", query=query, confirm="delete 7")
    assert left() == 7, "the worker has not begun"
    assert "0 of 7" in pages.read(portal.get(answer["Location"])).text
    run_due_jobs()
    assert left() == 0


def test_all_results_of_a_search_include_no_other_users(portal, organization, gone):
    delete_user(factories.make_user(organization, "user9x@example.org"), actor=factories.COMMAND)
    query = "tab=deleted&q=example.com"
    press_many(portal, "/users/deleted/purge/", "all", query=query, confirm="delete 7")
    assert User.objects.get(active=False).shown_user_name == "user9x@example.org"


def test_held_users_are_listed_and_do_not_block_the_others(portal, gone):
    for user in gone[:3]:
        hold_user(user, reason="Case 7", actor=factories.COMMAND)
    page = pages.read(portal.post("/users/deleted/purge/", {"all": "1", "query": "tab=deleted"}))
    assert "Permanently delete 4 users?" in page.text
    assert page.texts(".left h3") == ["Under a legal hold 3"]
    assert "User 2" in page.one(".left").get_text()
    portal.post("/users/deleted/purge/", {**page.form("/users/deleted/purge/").fields, "confirm": "delete 4"})
    assert left() == 3
