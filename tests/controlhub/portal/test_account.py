"""My account: sessions and personal tokens, and how an administrator revokes a user's access."""

import pytest
from django.test import Client

from audit.models import AuditEvent
from controlhub.models import AccessToken, Role, Session
from tests import factories, pages
from tests.conftest import ScimClient

FORM = {"name": "Script", "scopes": ["scim:read"], "days": "30"}


def shown(response):
    return pages.read(response).copied("secret")


def test_personal_token_is_shown_once_and_acts_as_its_owner(organization, admin, portal):
    answer = portal.post("/account/tokens/", FORM, follow=True)
    secret = shown(answer)
    factories.copied(portal, answer)
    assert secret not in portal.get("/account/").content.decode()
    scim = ScimClient(organization, secret)
    assert scim.get("/Me").document["userName"] == "neo@example.com"
    assert scim.post("/Users", {"userName": "x"}).status_code == 403
    portal.post(f"/account/tokens/{AccessToken.objects.get().pk}/revoke/")
    assert scim.get("/Me").status_code == 401


@pytest.mark.parametrize(
    ("role", "scopes", "status"),
    [
        (Role.READ_ONLY_ADMIN, ["scim:read", "audit:read"], 302),
        (Role.READ_ONLY_ADMIN, ["scim:write"], 422),
        (Role.AUDITOR, ["audit:read"], 302),
        (Role.AUDITOR, ["scim:read"], 422),
        (Role.HELP_DESK, ["scim:write"], 422),
        (Role.FULL_ADMIN, ["scim:write", "scim:read"], 302),
    ],
)
def test_personal_token_cannot_exceed_the_role(organization, role, scopes, status):
    account, _ = factories.make_admin(organization, "trinity@example.com", role)
    client = factories.browser(account)
    assert client.post("/account/tokens/", {**FORM, "scopes": scopes}).status_code == status


def test_lesser_role_revokes_tokens_with_more_scopes(organization, portal):
    account, _ = factories.make_admin(organization, "trinity@example.com", Role.FULL_ADMIN)
    _, writing = factories.make_token(organization, user=account.user)
    _, reading = factories.make_token(organization, user=account.user, scopes=["scim:read"])
    portal.post(f"/users/{account.user_id}/role/", {"role": "read_only_admin"})
    assert ScimClient(organization, writing).get("/Me").status_code == 401
    assert ScimClient(organization, reading).get("/Me").status_code == 200
    portal.post(f"/users/{account.user_id}/role/", {"role": "none"})
    assert ScimClient(organization, reading).get("/Me").status_code == 401


def test_token_of_another_user_cannot_be_revoked_here(organization, portal):
    other, _ = factories.make_admin(organization, "trinity@example.com")
    token, _ = factories.make_token(organization, user=other.user)
    assert portal.post(f"/account/tokens/{token.pk}/revoke/").status_code == 404


def test_sessions_are_listed_and_others_can_be_ended(organization, admin):
    def signed_in(agent):
        client = Client(headers={"User-Agent": agent})
        client.post("/sign-in/", {"login": "neo@example.com", "password": admin.password_shown})
        return client

    mine, other = signed_in("Firefox on a desk"), signed_in("Safari on a phone")
    page = mine.get("/account/").content.decode()
    assert "Firefox on a desk" in page
    assert "Safari on a phone" in page
    assert page.count("127.0.0.1") == 2
    mine.post("/account/sessions/end/")
    assert (mine.get("/users/").status_code, other.get("/users/").status_code) == (200, 302)
    assert AuditEvent.objects.get(action="sessions.ended").details == {"sessions": 1}


def test_administrator_can_revoke_a_users_access(organization, portal):
    account, _ = factories.make_admin(organization, "trinity@example.com")
    factories.browser(account)
    _, secret = factories.make_token(organization, user=account.user)
    page = portal.post(f"/users/{account.user_id}/access/revoke/", follow=True).content.decode()
    assert "access revoked. Access tokens: 1. Sessions: 1." in page
    assert ScimClient(organization, secret).get("/Me").status_code == 401
    assert not Session.objects.filter(account=account).exists()
    assert account.user.active
