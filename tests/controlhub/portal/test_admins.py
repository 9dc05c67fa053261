"""Administrators and their roles: nobody grants more than they have, and at least one full administrator remains."""

import pytest

from audit.models import AuditEvent
from controlhub.actions.users import deactivate_user
from controlhub.models import Account, OutgoingMail, Role, Session, User
from tests import factories
from tests.conftest import ScimClient

browser = factories.browser


@pytest.fixture
def trinity(organization):
    return factories.make_admin(organization, "trinity@example.com", Role.HELP_DESK)[0]


def role_of(account):
    return Account.objects.get(pk=account.pk).role


def test_role_is_given_and_recorded(portal, trinity):
    assert "trinity@" in portal.get("/administrators/").content.decode()
    assert portal.post(f"/users/{trinity.user_id}/role/", {"role": "auditor"}).status_code == 302
    assert (role_of(trinity), User.objects.get(pk=trinity.user_id).portal_role) == ("auditor", "auditor")
    event = AuditEvent.objects.about(trinity.user_id).filter(action="role.assigned").latest("created_at")
    assert event.changes == [{"attribute": "role", "op": "changed", "old": "help_desk", "new": "auditor"}]


def test_removing_the_role_ends_sessions_and_the_account(portal, trinity):
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
def test_role_above_ones_own_cannot_be_granted(organization, admin, trinity, own, wanted, status):
    giver, _ = factories.make_admin(organization, "morpheus@example.com", own)
    assert browser(giver).post(f"/users/{trinity.user_id}/role/", {"role": wanted}).status_code == status
    assert role_of(trinity) == (wanted if status == 302 else "help_desk")


def test_higher_administrator_cannot_be_demoted(organization, admin):
    giver, _ = factories.make_admin(organization, "morpheus@example.com", Role.USER_ADMIN)
    for wanted in ("auditor", "none"):
        answer = browser(giver).post(f"/users/{admin.user_id}/role/", {"role": wanted})
        assert answer.status_code == 409
        assert "has permissions that yours lacks" in answer.content.decode()
    assert role_of(admin) == Role.FULL_ADMIN


def test_two_full_administrators_cannot_both_step_down(organization, admin, portal):
    other, _ = factories.make_admin(organization, "morpheus@example.com")
    assert portal.post(f"/users/{other.user_id}/role/", {"role": "auditor"}).status_code == 302
    assert portal.post(f"/users/{admin.user_id}/role/", {"role": "auditor"}).status_code == 409


def test_administrator_of_another_organization_is_not_found(portal, other_organization):
    stranger, _ = factories.make_admin(other_organization, "smith@machine.example")
    assert portal.post(f"/users/{stranger.user_id}/role/", {"role": "auditor"}).status_code == 404


def test_directory_cannot_make_or_change_administrators(organization, admin, scim):
    path = f"/Users/{admin.user_id}"
    assert (
        scim.patch(path, {"op": "replace", "value": {"roles": [{"value": "auditor"}], "userName": "x"}}).status_code
        == 200
    )
    account = Account.objects.get(pk=admin.pk)
    assert (account.role, account.sign_in_address) == (Role.FULL_ADMIN, "neo@example.com")
    user = scim.post("/Users", {"userName": "smith@example.com", "roles": [{"value": "full_admin"}]}).document
    assert not Account.objects.filter(user=user["id"]).exists()


@pytest.mark.parametrize("page", ["deactivate", "delete", "invite", "access/revoke", "extend"])
def test_user_administrator_cannot_act_on_a_higher_administrator(organization, admin, page):
    factories.make_admin(organization, "second@example.com")
    giver, _ = factories.make_admin(organization, "morpheus@example.com", Role.USER_ADMIN)
    before = AuditEvent.objects.exclude(action="role.refused").count()
    browser(giver).post(f"/users/{admin.user_id}/{page}/", {"days": 3})
    assert User.objects.get(pk=admin.user_id).active
    assert AuditEvent.objects.exclude(action="role.refused").count() == before


def test_help_desk_cannot_reactivate_a_full_administrator(organization, admin):
    suspect, _ = factories.make_admin(organization, "suspect@example.com")
    deactivate_user(suspect.user, actor=factories.COMMAND)
    helper, _ = factories.make_admin(organization, "morpheus@example.com", Role.HELP_DESK)
    page = browser(helper).post(f"/users/{suspect.user_id}/reactivate/", follow=True).content.decode()
    assert "has permissions that yours lacks" in page
    assert not User.objects.get(pk=suspect.user_id).active


def test_personal_token_cannot_exceed_the_rights_of_its_owner(organization, admin):
    giver, _ = factories.make_admin(organization, "morpheus@example.com", Role.USER_ADMIN)
    _, secret = factories.make_token(organization, user=giver.user)
    scim = ScimClient(organization, secret)
    assert scim.patch(f"/Users/{admin.user_id}", {"op": "replace", "path": "title", "value": "x"}).status_code == 403
    user = factories.make_user(organization, "smith@example.com")
    assert scim.delete(f"/Users/{user.pk}").status_code == 204
    assert User.objects.get(pk=user.pk).hidden, "who may not delete permanently deletes recoverably"
    assert scim.delete(f"/Users/{admin.user_id}").status_code == 403


def test_invitation_of_an_administrator_goes_only_to_the_sign_in_address(organization, admin, portal, scim):
    form = {"address": "trinity@example.com", "given_name": "", "family_name": "", "title": "", "role": "full_admin"}
    portal.post("/users/add/", form)
    user = User.objects.get(user_name_key="trinity@example.com")
    scim.patch(f"/Users/{user.pk}", {"op": "replace", "path": "emails", "value": [{"value": "smith@evil.example"}]})
    portal.post(f"/users/{user.pk}/invite/")
    assert {letter.address for letter in OutgoingMail.objects.all()} == {"trinity@example.com"}


def test_invited_administrator_does_not_count_as_remaining(organization, admin, portal):
    form = {"address": "typo@example.com", "given_name": "", "family_name": "", "title": "", "role": "full_admin"}
    portal.post("/users/add/", form)
    assert portal.post(f"/users/{admin.user_id}/role/", {"role": "auditor"}).status_code == 409
