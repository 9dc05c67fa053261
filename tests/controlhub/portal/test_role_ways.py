"""Admin roles: every source of a role is shown, existing users can get roles, and the export has a row per source."""

import csv
import io

import pytest

from audit.models import AuditEvent
from controlhub.actions.groups import add_member, create_group
from controlhub.actions.mappings import map_group
from controlhub.actions.role_grants import give_role
from controlhub.actions.users import deactivate_user
from controlhub.models import Account, OutgoingMail, Role, User
from controlhub.models.role_ways import role_ways
from controlhub.text.spreadsheets import cell_text
from tests import factories, pages

MESSAGE = "This role has permissions that yours lacks. Ask a full administrator."


@pytest.fixture
def support(organization):
    group = create_group(organization, document={"displayName": "Support"}, actor=factories.COMMAND)
    map_group(group, role=Role.HELP_DESK, actor=factories.COMMAND)
    return group


@pytest.fixture
def tank(organization):
    return factories.make_user(
        organization, "tank@example.com", displayName="Tank Dozer", emails=[{"value": "tank@example.com"}]
    )


@pytest.fixture
def both(organization, support):
    """A read-only administrator who is also Help desk through the group Support."""
    account, _ = factories.make_admin(organization, "both@example.com", Role.READ_ONLY_ADMIN)
    add_member(support, account.user_id, actor=factories.COMMAND)
    return account


def rows_of(answer):
    return pages.read(answer).texts("table.people tbody tr")


def exported(portal):
    answer = portal.get("/administrators/export/")
    text = b"".join(answer.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text)))


def test_every_source_has_a_row_and_one_applies(portal, support, both, tank):
    add_member(support, tank.pk, actor=factories.COMMAND)
    rows = rows_of(portal.get("/administrators/"))
    mine = [row for row in rows if "both@example.com" in row]
    assert [("Read-only" in row, "Support" in row, "Applies" in row) for row in mine] == [
        (True, False, True),
        (False, True, False),
    ]
    (by_group,) = [row for row in rows if "Tank Dozer" in row]
    assert ("Help desk" in by_group, "Support" in by_group, "Applies" in by_group) == (True, True, True)


def test_page_shows_both_sources_and_removing_one_keeps_the_other(portal, both):
    card = pages.read(portal.get(f"/users/{both.user_id}/")).texts("section[aria-labelledby=access-h] li")
    assert len(card) == 2
    assert portal.post(f"/users/{both.user_id}/role/", {"role": "none"}).status_code == 302
    (left,) = pages.read(portal.get(f"/users/{both.user_id}/")).texts("section[aria-labelledby=access-h] li")
    assert ("Help desk" in left, "Support" in left, "Applies" in left) == (True, True, True)


def test_highest_role_of_several_groups_applies(organization, support, tank):
    users = create_group(organization, document={"displayName": "A"}, actor=factories.COMMAND)
    map_group(users, role=Role.USER_ADMIN, actor=factories.COMMAND)
    for group in (support, users):
        add_member(group, tank.pk, actor=factories.COMMAND)
    ways = role_ways([tank])[tank.pk]
    assert [(way.role, way.applies) for way in ways] == [(Role.USER_ADMIN, True), (Role.HELP_DESK, False)]


def test_role_is_given_to_a_person_found_by_search(portal, tank):
    path = "/administrators/give/?q=dozer"
    assert "Tank Dozer" in pages.read(portal.get(path)).text
    before = set(AuditEvent.objects.values_list("pk", flat=True))
    assert portal.post(path, {"user": str(tank.pk), "role": "read_only_admin"}).status_code == 302
    account = Account.objects.get(user=tank)
    assert (account.role, account.has_usable_password(), account.sign_in_address) == (
        Role.READ_ONLY_ADMIN,
        False,
        "tank@example.com",
    )
    assert User.objects.get(pk=tank.pk).portal_role == Role.READ_ONLY_ADMIN
    assert OutgoingMail.objects.get(address="tank@example.com")
    assert [event.action for event in AuditEvent.objects.exclude(pk__in=before)] == ["role.assigned"]


def test_person_with_a_new_role_chooses_a_password(organization, portal, tank):
    give_role(tank, role=Role.HELP_DESK, actor=factories.COMMAND)
    body = OutgoingMail.objects.get(address="tank@example.com").body
    link = next(word for word in body.split() if "/invitations/" in word)
    path = "/invitations/" + link.split("/invitations/")[1]
    factories.Client().post(path, {"password": "correct horse battery 7"})
    assert Account.objects.get(user=tank).has_usable_password()


def test_new_role_of_an_administrator_replaces_the_previous_one(organization, portal, both):
    """There is no second account and no invitation, and the administrator keeps the password."""
    password, mails = both.password, OutgoingMail.objects.count()
    answer = portal.post("/administrators/give/", {"user": str(both.user_id), "role": "user_admin"})
    assert answer.status_code == 302
    account = Account.objects.get(user=both.user_id, by_group=False)
    assert (account.pk, account.role, account.password) == (both.pk, Role.USER_ADMIN, password)
    assert User.objects.get(pk=both.user_id).portal_role == Role.USER_ADMIN
    assert OutgoingMail.objects.count() == mails
    event = AuditEvent.objects.about(both.user_id).latest("id")
    assert event.action == "role.assigned"
    assert event.changes == [{"attribute": "role", "op": "changed", "old": "read_only_admin", "new": "user_admin"}]


@pytest.mark.parametrize("data", [{"role": "read_only_admin"}, {"user": "x", "role": "auditor"}, {}])
def test_person_and_role_are_required(portal, tank, data):
    assert portal.post("/administrators/give/?q=dozer", {**data, "sent": "1"}).status_code == 422


def test_inactive_user_cannot_get_a_role(portal, tank):
    deactivate_user(tank, actor=factories.COMMAND)
    assert portal.post("/administrators/give/", {"user": str(tank.pk), "role": "auditor"}).status_code == 409
    assert not Account.objects.filter(user=tank).exists()


def test_role_cannot_be_given_to_a_higher_administrator(organization, admin, tank):
    """The person already has a higher role through a group."""
    kings = create_group(organization, document={"displayName": "Kings"}, actor=factories.COMMAND)
    map_group(kings, role=Role.FULL_ADMIN, actor=factories.COMMAND)
    add_member(kings, tank.pk, actor=factories.COMMAND)
    giver, _ = factories.make_admin(organization, "cypher@example.com", Role.USER_ADMIN)
    browser = factories.browser(giver)
    answer = browser.post("/administrators/give/", {"user": str(tank.pk), "role": "auditor"})
    assert (answer.status_code, MESSAGE in pages.read(answer).text) == (409, True)
    assert browser.post("/administrators/give/", {"user": str(tank.pk), "role": "full_admin"}).status_code == 422
    assert AuditEvent.objects.filter(action="role.refused").count() == 1
    assert not Account.objects.filter(user=tank).exists()


def test_export_has_one_row_per_source(portal, both):
    found = [row for row in exported(portal) if row["Sign-in address"] == "both@example.com"]
    assert [(row["Role"], row["How"], row["Group"], row["Applies"]) for row in found] == [
        ("Read-only administrator", "Direct", "", "Yes"),
        ("Help desk", "Group", "Support", "No"),
    ]
    assert {(row["Last sign-in (UTC)"], row["Second factor"]) for row in found} == {("Never", "No")}


def test_export_contains_no_formula(organization, portal):
    account, _ = factories.make_admin(organization, "evil@example.com", Role.AUDITOR)
    User.objects.filter(pk=account.user_id).update(display_name='=HYPERLINK("http://x")')
    assert '\'=HYPERLINK("http://x")' in [row["Name"] for row in exported(portal)]


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\tx", "\rx", "  =1"])
def test_formulas_are_prefixed_with_an_apostrophe(text):
    assert cell_text(text) == f"'{text}"
    assert cell_text("Alice - Bob") == "Alice - Bob"


def test_many_administrators_are_paginated(organization, portal, support, monkeypatch):
    monkeypatch.setattr("controlhub.portal.holders.SORTED", 10)
    for number in range(30):
        user = factories.make_user(organization, f"user{number:02}@example.com")
        add_member(support, user.pk, actor=factories.COMMAND)
    first = portal.get("/administrators/")
    second = portal.get("/administrators/" + pages.read(first).link("Next"))
    names = [row.split("user")[1][:2] for row in rows_of(first) + rows_of(second) if "user" in row and "@" in row]
    assert sorted(set(names)) == [f"{number:02}" for number in range(30)]
    assert len(exported(portal)) == 31
    assert pages.read(second).link("Previous")


def test_matrix_shows_the_permissions_of_each_role(portal):
    rows = pages.read(portal.get("/administrators/")).texts("section[aria-labelledby=roles-h] tbody tr")
    (row,) = [row for row in rows if row.startswith("Manage groups")]
    assert row.count("Yes") == 2
