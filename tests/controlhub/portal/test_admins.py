"""Administrators and their roles: nobody gives what they have not, and one full administrator always remains."""

import pytest
from django.test import Client

from audit.models import AuditEvent
from controlhub.models import Account, Role, Session, User
from tests import factories


def browser(account):
    client = Client()
    client.force_login(account)
    return client


@pytest.fixture
def trinity(organization):
    return factories.make_admin(organization, "trinity@example.com", Role.HELP_DESK)[0]


def role_of(account):
    return Account.objects.get(pk=account.pk).role


def test_a_role_is_given_and_recorded(portal, trinity):
    assert "trinity@" in portal.get("/administrators/").content.decode()
    assert portal.post(f"/users/{trinity.user_id}/role/", {"role": "auditor"}).status_code == 302
    assert (role_of(trinity), User.objects.get(pk=trinity.user_id).portal_role) == ("auditor", "auditor")
    event = AuditEvent.objects.about(trinity.user_id).filter(action="role.assigned").latest("created_at")
    assert event.changes == [{"attribute": "role", "old": "help_desk", "new": "auditor"}]


def test_without_a_role_nobody_is_signed_in(portal, trinity):
    own = browser(trinity)
    assert own.get("/users/").status_code == 200
    portal.post(f"/users/{trinity.user_id}/role/", {"role": "none"})
    assert own.get("/users/").status_code == 302
    assert not Account.objects.filter(pk=trinity.pk).exists()
    assert not Session.objects.filter(account=trinity.pk).exists()
    assert User.objects.get(pk=trinity.user_id).active, "the person stays a user"
    assert AuditEvent.objects.filter(action="role.removed").count() == 1


@pytest.mark.parametrize(
    ("own", "wanted", "status"),
    [
        (Role.USER_ADMIN, "auditor", 302),
        (Role.USER_ADMIN, "read_only_admin", 302),
        (Role.USER_ADMIN, "full_admin", 422),
        (Role.FULL_ADMIN, "full_admin", 302),
        (Role.FULL_ADMIN, "nonsense", 422),
    ],
)
def test_nobody_grants_above_their_own(organization, admin, trinity, own, wanted, status):
    giver, _ = factories.make_admin(organization, "morpheus@example.com", own)
    assert browser(giver).post(f"/users/{trinity.user_id}/role/", {"role": wanted}).status_code == status
    assert role_of(trinity) == (wanted if status == 302 else "help_desk")


def test_who_is_above_is_not_taken_down(organization, admin):
    giver, _ = factories.make_admin(organization, "morpheus@example.com", Role.USER_ADMIN)
    for wanted in ("auditor", "none"):
        answer = browser(giver).post(f"/users/{admin.user_id}/role/", {"role": wanted})
        assert answer.status_code == 409
        assert "does not cover" in answer.content.decode()
    assert role_of(admin) == Role.FULL_ADMIN


def test_two_full_administrators_cannot_both_step_down(organization, admin, portal):
    other, _ = factories.make_admin(organization, "morpheus@example.com")
    assert portal.post(f"/users/{other.user_id}/role/", {"role": "auditor"}).status_code == 302
    assert portal.post(f"/users/{admin.user_id}/role/", {"role": "auditor"}).status_code == 409


def test_another_organization_s_administrator_is_not_found(portal, other_organization):
    stranger, _ = factories.make_admin(other_organization, "smith@machine.example")
    assert portal.post(f"/users/{stranger.user_id}/role/", {"role": "auditor"}).status_code == 404


def test_a_directory_makes_and_changes_no_administrators(organization, admin, scim):
    path = f"/Users/{admin.user_id}"
    assert (
        scim.patch(path, {"op": "replace", "value": {"roles": [{"value": "auditor"}], "userName": "x"}}).status_code
        == 200
    )
    account = Account.objects.get(pk=admin.pk)
    assert (account.role, account.sign_in_address) == (Role.FULL_ADMIN, "neo@example.com")
    user = scim.post("/Users", {"userName": "smith@example.com", "roles": [{"value": "full_admin"}]}).document
    assert not Account.objects.filter(user=user["id"]).exists()
