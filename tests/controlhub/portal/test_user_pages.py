"""The pages of one user: why they are Inactive, their groups, access, activity and SCIM record."""

import json

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit.models import AuditEvent
from controlhub.actions.groups import add_members, create_group
from controlhub.actions.users import deactivate_user, extend_user, hold_user, withdraw_user
from controlhub.actions.users.lifecycle import lock_with_groups
from controlhub.models import Connection, Role, ScimRequest
from controlhub.models.ids import new_id
from tests import factories, pages
from tests.factories import COMMAND

TABS = ("", "groups/", "access/", "activity/", "record/")


@pytest.fixture
def barbara(organization):
    return factories.make_user(organization, "bjensen@example.com", displayName="Barbara Jensen")


def page(portal, user, tab=""):
    return pages.read(portal.get(f"/users/{user.pk}/{tab}"))


def logged(organization, event, **values):
    return ScimRequest.objects.create(
        organization_id=organization.pk, id=new_id(), request_id=event.request_id, at=Now(), method="PATCH",
        path="/Users", status=200, milliseconds=1, **values,
    )  # fmt: skip


def test_header_names_the_connection_that_blocked_the_sign_in(organization, portal, scim, barbara):
    Connection.objects.update(name="Directory of Zion", client="entra")
    scim.patch(f"/Users/{barbara.pk}", {"op": "replace", "path": "active", "value": False})
    event = AuditEvent.objects.about(barbara.pk).get(action="user.deactivated")
    entry = logged(organization, event)
    head = page(portal, barbara).one(".why")
    assert "Sign-in blocked in Microsoft Entra ID" in head.text
    assert "Directory of Zion sent active: false" in head.text
    links = {link["href"] for link in head.select("a")}
    assert {f"/audit/{event.pk}/", f"/provisioning/requests/{entry.id}/"} <= links
    assert len(head.select(".next li")) == 3


def test_header_names_the_connection_that_deleted_the_user(portal, scim, barbara):
    Connection.objects.update(name="Directory of Zion", client="generic")
    tombstone = {"op": "replace", "value": {"userName": f"{barbara.pk.hex}bjensen@example.com", "active": False}}
    scim.patch(f"/Users/{barbara.pk}", tombstone)
    assert "Deleted in Directory of Zion" in page(portal, barbara).one(".why").text


def test_header_names_the_administrator(organization, portal, admin, barbara):
    portal.post(f"/users/{barbara.pk}/deactivate/")
    why = page(portal, barbara).one(".why")
    assert f"Deactivated by {admin.user.display_label}" in why.text
    assert f"/users/{admin.user_id}/" in {link["href"] for link in why.select("a")}


def test_full_reason_is_shown_only_on_the_summary(portal, barbara):
    portal.post(f"/users/{barbara.pk}/deactivate/")
    for tab in TABS[1:]:
        why = page(portal, barbara, tab).one(".why")
        assert "Deactivated by" in why.text
        assert not why.select(".next")


def test_active_user_has_no_reason(portal, barbara):
    assert not page(portal, barbara).all(".why")


def test_held_user_has_no_deletion_date(portal, barbara):
    portal.post(f"/users/{barbara.pk}/deactivate/")
    portal.post(f"/users/{barbara.pk}/hold/", {"reason": "Case 7"})
    steps = page(portal, barbara).texts(".next li")
    assert "No time limit" in steps[1]
    assert "Legal hold: Case 7" in steps[2]


def test_direct_and_inherited_groups_are_shown_with_their_path(organization, portal, barbara):
    organization.nests_groups = True
    organization.save(update_fields=["nests_groups"])
    inner = create_group(organization, document={"displayName": "Payroll"}, actor=COMMAND)
    outer = create_group(organization, document={"displayName": "Finance"}, actor=COMMAND)
    add_members(inner, ids=[barbara.pk], actor=COMMAND)
    add_members(outer, ids=[inner.pk], actor=COMMAND)
    lines = page(portal, barbara, "groups/").texts(".rows--card > li")
    assert [line.split()[0] for line in lines] == ["Finance", "Payroll"]
    assert "inherited from Payroll" in " ".join(lines[0].split())
    assert [line.split()[0] for line in page(portal, barbara, "groups/?kind=direct").texts(".rows--card > li")] == [
        "Payroll"
    ]
    inherited = page(portal, barbara, "groups/?kind=inherited").texts(".rows--card > li")
    assert [line.split()[0] for line in inherited] == ["Finance"]


def test_groups_are_paginated(organization, portal, barbara):
    for number in range(30):
        group = create_group(organization, document={"displayName": f"Group {number:02}"}, actor=COMMAND)
        add_members(group, ids=[barbara.pk], actor=COMMAND)
    first = page(portal, barbara, "groups/")
    assert len(first.all(".rows--card > li")) == 25
    second = page(portal, barbara, f"groups/{first.link('Next')}")
    assert [" ".join(line.split()[:2]) for line in second.texts(".rows--card > li")] == [
        f"Group {n}" for n in range(25, 30)
    ]


def test_activity_shows_old_and_new_values_by_day(admin, scim, barbara, at):
    scim.patch(f"/Users/{barbara.pk}", {"op": "replace", "path": "title", "value": "Tour Guide"})
    at(days=1)
    scim.patch(f"/Users/{barbara.pk}", {"op": "replace", "path": "title", "value": "Manager"})
    found = page(factories.browser(admin), barbara, "activity/")
    assert len(found.all(".daysec")) == 2
    assert found.texts(".daysec:first-child del") == ["Tour Guide"]
    assert found.texts(".daysec:first-child ins") == ["Manager"]


def test_empty_old_value_is_not_shown_as_deleted(portal, barbara):
    hold_user(barbara, reason="Case 7", actor=COMMAND)
    found = page(portal, barbara, "activity/")
    assert found.texts(".daysec ins")[:1] == ["Case 7"]
    assert found.all(".tl__i")[0].select("del") == []


def test_sign_ins_of_a_day_are_grouped(admin, portal, organization):
    factories.browser(admin)
    for _ in range(3):
        factories.sign_in(Client(), admin)
    lines = page(portal, admin.user, "activity/?kind=sign-ins").texts(".tl__i")
    assert len(lines) == 1
    assert "3 sign-ins" in " ".join(lines[0].split())


def test_activity_is_paginated(organization, portal, barbara):
    deactivate_user(barbara, actor=COMMAND)
    for _ in range(30):
        extend_user(barbara, days=1, actor=COMMAND)
    first = page(portal, barbara, "activity/?kind=profile")
    assert len(first.all(".tl__i")) == 25
    second = page(portal, barbara, f"activity/{first.link('Older')}")
    assert len(second.all(".tl__i")) == 7, "30 extensions, the deactivation and the creation"


def test_record_shows_the_document_sent_by_scim(portal, scim, barbara):
    found = page(portal, barbara, "record/")
    answer = scim.get(f"/Users/{barbara.pk}")
    shown, sent = json.loads(found.one("#document").text), answer.document
    assert {**shown, "meta": None} == {**sent, "meta": None}
    assert found.copied("etag") == answer["ETag"]


def test_record_is_shown_for_a_user_hidden_from_scim(portal, barbara):
    withdraw_user(lock_with_groups(barbara), reason="SCIM DELETE.", actor=COMMAND)
    found = page(portal, barbara, "record/")
    assert json.loads(found.one("#document").text)["id"] == str(barbara.pk)
    assert "can no longer see this record" in found.text


def test_access_shows_roles_sessions_and_methods(organization, portal, admin):
    found = page(portal, admin.user, "access/")
    assert "Full administrator" in found.one("section[aria-labelledby=access-h]").text
    assert "Password" in found.one("section[aria-labelledby=methods-h]").text
    assert found.all("section[aria-labelledby=sessions-h] li")


def test_summary_shows_the_last_failed_request(organization, portal, barbara):
    factories.make_provisioning_error(barbara, detail="Another user has the userName.")
    problem = page(portal, barbara).one("section[aria-labelledby=problem-h]")
    assert "Another user has the userName." in problem.text
    assert f"/provisioning/requests/?resource={barbara.pk}&errors=1" in {link["href"] for link in problem.select("a")}


@pytest.mark.parametrize("tab", TABS)
def test_number_of_queries_does_not_depend_on_the_users_data(organization, portal, scim, barbara, tab):
    def queries():
        with CaptureQueriesContext(connection) as found:
            assert portal.get(f"/users/{barbara.pk}/{tab}").status_code == 200
        return len(found)

    def grow(first, last):
        for number in range(first, last):
            group = create_group(organization, document={"displayName": f"G{number}"}, actor=COMMAND)
            add_members(group, ids=[barbara.pk], actor=COMMAND)
            scim.patch(f"/Users/{barbara.pk}", {"op": "replace", "path": "title", "value": f"Title {number}"})

    grow(0, 3)
    queries()
    before = queries()
    grow(3, 20)
    assert queries() == before
    assert before <= 20


@pytest.mark.parametrize("tab", TABS)
def test_help_desk_sees_only_what_its_role_allows(organization, barbara, tab):
    helper, _ = factories.make_admin(organization, "help@example.com", Role.HELP_DESK)
    answer = factories.browser(helper).get(f"/users/{barbara.pk}/{tab}")
    assert answer.status_code == (403 if tab == "activity/" else 200)
