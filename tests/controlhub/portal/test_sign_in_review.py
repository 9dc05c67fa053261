"""Ways to bypass sign-in that were found in a review and must stay closed."""

import json
import re

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client

from audit.actor import Actor, ActorKind
from audit.models import AuditEvent
from controlhub.actions.addresses import resolve_addresses
from controlhub.actions.admins import assign_role
from controlhub.actions.groups import add_member
from controlhub.actions.invitations import Person, add_user
from controlhub.actions.organizations import change_policies
from controlhub.actions.outbox import send_due_mail
from controlhub.actions.tokens import issue_personal_token
from controlhub.errors import InvalidSettingError, RoleTooHighError
from controlhub.models import Account, Role, Scope, Session, User
from tests import factories
from tests.app_clock import code_of
from tests.conftest import ScimClient
from tests.factories import sign_in
from tests.providers import OID, connect, go, leave

NEW = "follow the white rabbit"


@pytest.fixture
def kings(scim):
    return factories.make_mapped_group(scim, "Kings", Role.FULL_ADMIN)


@pytest.fixture
def cypher(organization, admin):
    """A signed-in user administrator with a personal token."""
    account, password = factories.make_admin(organization, "cypher@example.com", Role.USER_ADMIN)
    account.password_shown = password
    scopes = [Scope.SCIM_READ, Scope.SCIM_WRITE]
    _, secret = issue_personal_token(account, name="mine", scopes=scopes, days=1, actor=factories.COMMAND)
    account.browser, account.scim = factories.browser(account), ScimClient(organization, secret)
    return account


def patch(client, user, path, value):
    return client.patch(f"/Users/{user.pk}", {"op": "replace", "path": path, "value": value}).status_code


def test_direct_low_role_does_not_hide_a_higher_role_from_a_group(organization, kings, cypher):
    auditor, _ = factories.make_admin(organization, "tank@example.com", Role.AUDITOR)
    add_member(kings, auditor.user_id, actor=factories.COMMAND)
    assert patch(cypher.scim, auditor.user, "externalId", OID) == 403
    with pytest.raises(RoleTooHighError):
        actor = acting(cypher)
        assign_role(auditor, role=None, actor=actor)


def acting(account):
    return Actor(ActorKind.ADMIN, id=str(account.user_id), role=account.role)


def test_restore_cannot_bring_back_a_role_above_ones_own(organization, scim, kings, cypher):
    change_policies(organization, changes={"scim_delete": "soft"}, actor=factories.COMMAND)
    user = factories.make_user(organization, "mouse@example.com", externalId=OID)
    add_member(kings, user.pk, actor=factories.COMMAND)
    assert scim.delete(f"/Users/{user.pk}").status_code == 204
    cypher.browser.post(f"/users/{user.pk}/reactivate/")
    assert not User.objects.get(pk=user.pk).active


def test_user_without_a_role_cannot_get_a_write_token(organization, cypher):
    user = factories.make_user(organization, "mouse@example.com")
    with pytest.raises(InvalidSettingError):
        from controlhub.actions.tokens import issue_token

        issue_token(organization, name="x", user=user, scopes=[Scope.SCIM_WRITE], days=1, actor=factories.COMMAND)
    stale = Account.objects.select_related("user__organization").get(pk=cypher.pk)
    assign_role(cypher, role=None, actor=factories.COMMAND)
    with pytest.raises(InvalidSettingError, match="no longer have administrator access"):
        issue_personal_token(stale, name="x", scopes=[Scope.SCIM_WRITE], days=1, actor=factories.COMMAND)


def test_invitation_does_not_give_an_administrator_by_group_a_password(organization, admin, kings, provider, entra):
    person = Person("mouse@example.com", "Mouse")
    user, _ = add_user(organization, person, role=None, actor=factories.COMMAND)
    User.objects.filter(pk=user.pk).update(external_id=OID)
    add_member(kings, user.pk, actor=factories.COMMAND)
    entra.has("mouse-sub", oid=OID)
    assert go(Client(), provider, entra, "mouse-sub").status_code == 302
    send_due_mail()
    path = re.search(r"(/invitations/chub_[\w-]+/)", mail.outbox[-1].body)[1]
    browser = Client()
    assert "Email address confirmed" in browser.post(path, {"password": NEW}).content.decode()
    account = Account.objects.get(user=user)
    assert not account.has_usable_password()
    assert browser.get("/users/").status_code == 302
    account.set_password(NEW)
    account.save()
    assert browser.post("/sign-in/", {"login": f"by-group:{user.pk}", "password": NEW}).status_code == 401


def test_administrator_by_group_cannot_add_another_sign_in_method(organization, admin, kings, provider, entra):
    user = factories.make_user(organization, "mouse@example.com", externalId=OID)
    add_member(kings, user.pk, actor=factories.COMMAND)
    entra.has("mouse-sub", oid=OID)
    browser = Client()
    go(browser, provider, entra, "mouse-sub")
    Session.objects.update(created_at="2126-01-01T00:00:00Z")
    for path in ("/account/app/", "/account/passkeys/add/", "/account/codes/new/"):
        assert browser.get(path)["Location"] == "/account/sign-in/"


def test_old_sign_in_at_the_provider_is_not_recent_authentication(admin, portal, provider, entra):
    connect(portal, provider, entra)
    entra.has("neo-sub", auth_time=1)
    browser = Client()
    assert go(browser, provider, entra, "neo-sub").status_code == 302
    assert browser.get("/users/").status_code == 200
    assert browser.get("/account/passkeys/add/")["Location"].startswith("/sign-in/again/")


def test_pending_sign_in_contains_no_secret(admin, portal, key, provider, entra):
    connect(portal, provider, entra)
    browser = Client()
    assert go(browser, provider, entra, "neo-sub")["Location"] == "/sign-in/second-factor/"
    kept = json.dumps(dict(browser.session))
    assert admin.password not in kept
    assert '"token": null' in kept or '"token"' not in kept
    assert browser.post("/sign-in/second-factor/", {"code": code_of(key)}).status_code == 302


@pytest.mark.parametrize("change", ["factor removed", "account gone", "provider gone", "password changed"])
def test_sign_in_that_cannot_continue_starts_over(organization, admin, portal, key, provider, entra, change):
    factories.make_admin(organization, "trinity@example.com")
    connect(portal, provider, entra)
    browser = Client()
    if change == "provider gone":
        go(browser, provider, entra, "neo-sub")
        provider.delete()
    else:
        sign_in(browser, admin)
    if change == "factor removed":
        Authenticator.objects.all().delete()
    elif change == "account gone":
        assign_role(admin, role=None, actor=factories.COMMAND)
    elif change == "password changed":
        portal.post("/account/password/", {"oldpassword": admin.password_shown, "password1": NEW, "password2": NEW})
        answer = browser.post("/sign-in/second-factor/", {"code": code_of(key)})
        assert answer["Location"] == "/sign-in/"
    assert browser.get("/sign-in/second-factor/")["Location"] == "/sign-in/"
    assert browser.get("/sign-in/").status_code == 200


def test_links_and_redirect_uris_use_the_public_url(admin, provider, settings):
    settings.PUBLIC_URL = "https://hub.example.com"
    settings.ALLOWED_HOSTS = ["*"]
    client = Client(headers={"Host": "127.0.0.1:9999"})
    client.post("/password/forgotten/", {"email": "neo@example.com"})
    resolve_addresses()
    send_due_mail()
    assert "https://hub.example.com/password/new/" in mail.outbox[-1].body
    assert "redirect_uri=https%3A%2F%2Fhub.example.com%2F" in leave(client, provider)


def test_next_does_not_redirect_to_another_allowed_host(admin, settings):
    settings.ALLOWED_HOSTS = ["testserver", "other.example"]
    data = {"login": "neo@example.com", "password": admin.password_shown, "next": "https://other.example/x"}
    assert Client().post("/sign-in/", data)["Location"] == "/"


def test_password_longer_than_the_sign_in_form_allows_is_refused(admin, portal):
    long = "x1" * 501
    portal.post("/account/password/", {"oldpassword": admin.password_shown, "password1": long, "password2": long})
    admin.refresh_from_db()
    assert admin.check_password(admin.password_shown)


def test_unknown_identity_and_failed_confirmation_are_recorded(admin, portal, key, provider, entra):
    go(Client(), provider, entra, "nobody-sub")
    portal.post("/sign-in/again/code/", {"code": "000000"})
    for data in ({}, {"code": ""}):
        browser = Client()
        sign_in(browser, admin)
        browser.post("/sign-in/second-factor/", data)
    told = AuditEvent.objects.filter(action="session.sign_in_failed")
    assert sorted(event.details["method"] for event in told) == ["second factor", "single sign-on"]


@pytest.mark.parametrize("answer", ["[]", "1", '"x"', "null", '{"issuer": 1}', "[" * 3_000, "{" * 3_000])
def test_malformed_provider_response_causes_no_internal_error(provider, monkeypatch, answer):
    class Response:
        status_code, headers, text, content = 200, {"content-type": "application/json"}, answer, answer.encode()
        url = "https://idp.example"

        def raise_for_status(self):
            pass

        def json(self):
            return json.loads(answer)

    from controlhub.security import outbound

    monkeypatch.setattr(outbound.Session, "request", lambda *args, **kwargs: Response())
    assert Client().post(f"/sign-in/sso/{provider.pk}/").status_code == 401


def test_issuer_with_an_invalid_host_name_is_refused(portal):
    form = {"name": "x", "client_id": "x", "client_secret": "x", "issuer": f"https://{'a' * 64}.com"}
    for issuer in (form["issuer"], "https://a..b"):
        assert portal.post("/sign-on/add/", form | {"issuer": issuer}).status_code == 422
