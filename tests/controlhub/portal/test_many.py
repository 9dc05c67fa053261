"""What is done to many users: asked first, counted honestly, and never half of it in silence."""

import pytest
from django.db.models import Max

from audit.models import AuditEvent
from controlhub.actions.organizations import change_policies
from controlhub.actions.users import deactivate_user, delete_user, hold_user
from controlhub.models import User
from controlhub.portal.views.users import bulk
from tests import factories, pages


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


# --- D6: ending the protection of many asks first -----------------------------------------------------------------


def test_the_banner_leads_to_a_page_that_asks(portal, burst):
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
def test_another_number_than_was_seen_is_asked_again(portal, burst, number):
    answer = portal.post("/users/deleted/review/", {} if number is None else {"number": number})
    assert answer.status_code == 409
    assert "The number has changed to 12" in pages.read(answer).text
    assert waiting() == 12


def test_nothing_to_confirm_is_no_success(portal):
    for method in (portal.get, portal.post):
        page = pages.read(method("/users/deleted/review/", follow=True))
        assert "No deactivations are waiting" in page.text
        assert "Confirmed" not in page.text


def test_ending_the_hold_on_everybody_asks_first(portal, organization):
    change_policies(organization, changes={"hold_reason": "Case 7"}, actor=factories.COMMAND)
    page = pages.read(portal.get("/organization/"))
    assert page.link("End legal hold") == "/organization/release/"
    assert "Case 7" in pages.read(portal.get("/organization/release/")).text
    organization.refresh_from_db()
    assert organization.hold_reason == "Case 7"
    portal.post("/organization/release/")
    organization.refresh_from_db()
    assert organization.hold_reason == ""


# --- D7: nothing done is not a success --------------------------------------------------------------------------------


def messages_on(answer):
    page = pages.read(answer)
    return page.texts("main .banner[role=status]"), page.texts("main .banner[role=alert]")


def test_restoring_none_is_a_warning_with_reasons(portal, organization, gone):
    for n in range(2):
        factories.make_user(organization, f"user{n}@example.com")
    good, bad = messages_on(
        portal.post("/users/deleted/restore/", {"ids": [str(user.pk) for user in gone[:2]]}, follow=True)
    )
    assert not good
    assert bad[0] == "2 users could not be restored."
    assert "user0@example.com has been taken" in bad[1]
    assert "user1@example.com has been taken" in bad[2]


def test_some_restored_says_both(portal, organization, gone):
    factories.make_user(organization, "user0@example.com")
    ids = [str(user.pk) for user in gone[:3]]
    good, bad = messages_on(portal.post("/users/deleted/restore/", {"ids": ids}, follow=True))
    assert good == ["2 users restored."]
    assert bad[0] == "1 user could not be restored."


def test_many_reasons_are_counted_not_listed(portal, organization, gone, monkeypatch):
    monkeypatch.setattr(bulk, "LISTED", 2)
    for user in gone:
        hold_user(user, reason="Case 7", actor=factories.COMMAND)
    ids = [str(user.pk) for user in gone]
    _, bad = messages_on(portal.post("/users/deleted/purge/", {"ids": ids, "confirm": "delete 7"}, follow=True))
    assert bad[0] == "7 users could not be permanently deleted."
    assert len(bad) == 4
    assert bad[3] == "And 5 more users."


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
def test_nothing_done_is_not_shown_as_success(portal, admin, address, fields):
    person = factories.make_user(admin.user.organization)
    before = events()
    answer = portal.post(address.format(me=person.pk), fields, follow=True)
    assert events() == before
    assert pages.read(answer).texts("main .banner"), "but it is said"
    assert not [m for m in answer.context["messages"] if m.level_tag == "success"]


# --- D11: all of many ----------------------------------------------------------------------------------------------


def left():
    return User.objects.filter(active=False).count()


def test_all_says_how_many_it_takes_and_goes_on(portal, gone, monkeypatch):
    monkeypatch.setattr(bulk, "AT_ONCE", 3)
    page = pages.read(portal.post("/users/deleted/purge/", {"all": "yes"}))
    for expected in (3, 3):
        remaining = left() - expected
        assert f"Permanently delete {expected} users?" in page.text
        assert f"{remaining} more deleted user" in page.text
        body = {**page.form("/users/deleted/purge/").fields, "confirm": f"delete {expected}"}
        answer = portal.post("/users/deleted/purge/", body, follow=True)
        page = pages.read(answer)
        assert "3 users permanently deleted." in page.text
        assert left() == remaining, "no more than was said, and the next ones are only asked about"
    assert "Permanently delete 1 user?" in page.text
    assert "more deleted user" not in page.text
    body = {**page.form("/users/deleted/purge/").fields, "confirm": "delete 1"}
    portal.post("/users/deleted/purge/", body)
    assert left() == 0


def test_all_of_a_search_goes_on_with_that_search(portal, organization, gone, monkeypatch):
    monkeypatch.setattr(bulk, "AT_ONCE", 1)
    delete_user(factories.make_user(organization, "user9x@example.org"), actor=factories.COMMAND)
    page = pages.read(portal.post("/users/deleted/purge/", {"all": "yes", "q": "example.com"}))
    assert "6 more deleted users are asked about next" in page.text
    for _ in range(7):
        body = {**page.form("/users/deleted/purge/").fields, "confirm": "delete 1"}
        page = pages.read(portal.post("/users/deleted/purge/", body, follow=True))
    assert User.objects.get(active=False).shown_user_name == "user9x@example.org"


def test_held_users_do_not_block_the_others(portal, gone, monkeypatch):
    """The first ones by id are held: they must not come up each time."""
    monkeypatch.setattr(bulk, "AT_ONCE", 2)
    for user in sorted(gone, key=lambda user: user.pk)[:3]:
        hold_user(user, reason="Case 7", actor=factories.COMMAND)
    page = pages.read(portal.post("/users/deleted/purge/", {"all": "yes"}))
    for _ in range(2):
        body = {**page.form("/users/deleted/purge/").fields, "confirm": "delete 2"}
        page = pages.read(portal.post("/users/deleted/purge/", body, follow=True))
    assert left() == 3
    assert User.objects.aggregate(Max("hold_reason"))["hold_reason__max"] == "Case 7"
