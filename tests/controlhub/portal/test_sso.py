"""Single sign-on with an organization's provider: who is signed in, who is not, regardless of email addresses."""

from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from audit.models import AuditEvent
from controlhub.actions.identities import link_identity
from controlhub.actions.users import deactivate_user
from controlhub.errors import InvalidSettingError
from controlhub.models import Session
from tests import factories
from tests.providers import address_at_provider, come_back, connect, go, leave, make_provider


def test_administrator_connects_an_identity_and_then_signs_in(admin, portal, provider, entra):
    answer = connect(portal, provider, entra)
    assert (answer.status_code, answer["Location"]) == (302, "/account/sign-in/")
    assert "You can now sign in with Contoso" in portal.get("/account/sign-in/").content.decode()
    browser = Client()
    assert "Sign in with Contoso" in browser.get(f"/sign-in/{provider.organization_id}/").content.decode()
    answer = go(browser, provider, entra, "neo-sub", next="/audit/")
    assert (answer.status_code, answer["Location"]) == (302, "/audit/")
    assert browser.get("/users/").status_code == 200
    event = AuditEvent.objects.filter(action="session.signed_in").latest("created_at")
    assert (event.details, event.actor_label) == ({"method": "single sign-on"}, "neo@example.com")
    assert SocialAccount.objects.get().extra_data == {}, "nothing is kept but the subject"


def test_request_has_pkce_state_and_nonce_and_no_data_about_the_visitor(provider, entra):
    client = Client()
    page = client.post(f"/sign-in/sso/{provider.pk}/?auth_params=redirect_uri%3Devil&scope=evil")
    address = address_at_provider(page)
    asked = parse_qs(urlsplit(address).query)
    assert set(asked) == {
        *("client_id", "redirect_uri", "scope", "response_type"),
        *("state", "nonce", "code_challenge", "code_challenge_method"),
    }
    assert asked["code_challenge_method"] == ["S256"]
    assert set(asked["scope"][0].split()) == {"openid", "profile"}
    assert asked["redirect_uri"][0].endswith(f"/sign-in/sso/{provider.pk}/callback/")
    assert "evil" not in address


def test_same_email_address_does_not_sign_in(admin, provider, entra):
    entra.has("stranger", email="neo@example.com", email_verified=True, preferred_username="neo@example.com")
    browser = Client()
    answer = go(browser, provider, entra, "stranger")
    assert answer.status_code == 403
    assert "is not connected to an administrator" in answer.content.decode()
    assert browser.get("/users/").status_code == 302
    assert not SocialAccount.objects.exists()


def test_provider_cannot_sign_in_users_of_another_organization(admin, portal, provider, entra, other_organization):
    connect(portal, provider, entra)
    theirs = make_provider(other_organization, entra, match_claim="sub")
    assert go(Client(), theirs, entra, "neo-sub").status_code == 403
    assert portal.post(f"/sign-in/sso/{theirs.pk}/", {"process": "connect"}).status_code == 404
    with pytest.raises(InvalidSettingError, match="not connected to that provider"):
        link_identity(admin, theirs, subject="neo-sub", actor=factories.COMMAND)
    assert SocialAccount.objects.count() == 1


def test_identity_belongs_to_one_person(organization, admin, portal, provider, entra):
    connect(portal, provider, entra)
    trinity, _ = factories.make_admin(organization, "trinity@example.com")
    browser = factories.browser(trinity)
    connect(browser, provider, entra)
    assert "already connected to another administrator" in browser.get("/account/sign-in/").content.decode()
    assert SocialAccount.objects.get().user == admin


def test_connected_identity_stays_connected_once(admin, portal, provider, entra):
    for _ in range(2):
        assert connect(portal, provider, entra)["Location"] == "/account/sign-in/"
    assert SocialAccount.objects.get().user_id == admin.pk
    assert AuditEvent.objects.filter(action="identity.linked").count() == 1


def test_connecting_requires_being_signed_in(provider, entra):
    assert go(Client(), provider, entra, "neo-sub", process="connect")["Location"] == "/sign-in/"
    assert not SocialAccount.objects.exists()


def test_inactive_user_is_not_signed_in(organization, admin, portal, provider, entra):
    connect(portal, provider, entra)
    factories.make_admin(organization, "trinity@example.com")
    deactivate_user(admin.user, actor=factories.COMMAND)
    browser = Client()
    assert go(browser, provider, entra, "neo-sub")["Location"] == "/sign-in/"
    assert "Inactive" in browser.get("/sign-in/").content.decode()
    assert not Session.objects.filter(account=admin).exists()


def test_sign_in_refused_at_the_provider_fails(provider, entra):
    client = Client()
    answer = come_back(client, entra, leave(client, provider), None)
    assert answer.status_code == 401
    assert "Sign-in failed" in answer.content.decode()


def test_response_is_valid_once_and_only_in_its_browser(admin, portal, provider, entra):
    connect(portal, provider, entra)
    client = Client()
    back = urlsplit(entra.sign_in(leave(client, provider), sub="neo-sub"))
    assert Client().get(f"{back.path}?{back.query}").status_code == 401, "another browser"
    assert client.get(f"{back.path}?{back.query}").status_code == 302
    client.post("/sign-out/")
    assert client.get(f"{back.path}?{back.query}").status_code == 401, "again"


def test_session_gets_a_new_key(admin, portal, provider, entra):
    connect(portal, provider, entra)
    client = Client()
    address = leave(client, provider)
    before = client.session.session_key
    come_back(client, entra, address, "neo-sub")
    assert client.session.session_key != before


def test_disconnected_identity_cannot_sign_in(admin, portal, provider, entra):
    connect(portal, provider, entra)
    linked = SocialAccount.objects.get()
    portal.post(f"/account/identities/{linked.pk}/remove/")
    assert go(Client(), provider, entra, "neo-sub").status_code == 403
    told = AuditEvent.objects.filter(action__startswith="identity.").order_by("created_at", "id")
    assert [event.action for event in told] == ["identity.linked", "identity.unlinked"]


def test_last_sign_in_method_cannot_be_removed(admin, portal, provider, entra):
    connect(portal, provider, entra)
    admin.set_unusable_password()
    admin.save()
    browser = factories.browser(admin)
    browser.post(f"/account/identities/{SocialAccount.objects.get().pk}/remove/")
    assert "your only sign-in method" in browser.get("/account/sign-in/").content.decode()
    assert SocialAccount.objects.exists()


def test_administrator_without_a_password_confirms_at_the_provider(admin, portal, provider, entra):
    connect(portal, provider, entra)
    admin.set_unusable_password()
    admin.save()
    browser = Client()
    go(browser, provider, entra, "neo-sub")
    Session.objects.update(created_at="2020-01-01T00:00:00Z")
    answer = browser.get("/sign-on/add/", follow=True)
    answer = browser.post("/sign-on/add/", follow=True)
    path = answer.redirect_chain[-1][0]
    assert path.startswith(f"/sign-in/again/sso/{provider.pk}/")
    page = browser.post(path)
    address = address_at_provider(page)
    assert "prompt=login" in address
    assert come_back(browser, entra, address, "neo-sub").status_code == 302
    assert browser.get("/account/codes/new/").status_code == 200, "recent again"
