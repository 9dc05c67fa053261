"""Single sign-on by an organization's provider: who is signed in, who is not, and that no e-mail address decides it."""

import html
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from audit.models import AuditEvent
from controlhub.actions.groups import add_member
from controlhub.actions.mappings import map_group, unmap_group
from controlhub.actions.providers import ProviderSettings, add_provider
from controlhub.actions.users import deactivate_user
from controlhub.models import Account, Group, IdentityProvider, Membership, Role, RoleMapping, Session
from tests import factories, providers

OID = "11111111-2222-3333-4444-555555555555"


@pytest.fixture
def entra(monkeypatch, settings):
    with providers.entra(monkeypatch) as running:
        settings.OUTBOUND_ALLOW = [urlsplit(running.origin).netloc]
        yield running


def make_provider(organization, entra, **more):
    wanted = ProviderSettings(name="Contoso", issuer=entra.issuer, client_id="hub", client_secret="s3cret", **more)
    return add_provider(organization, wanted, actor=factories.COMMAND)


@pytest.fixture
def provider(organization, entra):
    return make_provider(organization, entra, match_claim="oid")


def leave(client, provider, **data):
    """The address at the provider to which the portal sends the browser."""
    page = client.post(f"/sign-in/sso/{provider.pk}/", data)
    assert page.status_code == 200
    return html.unescape(re.search(r'<a href="(http[^"]+)"', page.content.decode())[1])


def come_back(client, entra, address, sub):
    back = urlsplit(entra.sign_in(address, sub=sub))
    return client.get(f"{back.path}?{back.query}")


def go(client, provider, entra, sub, **data):
    return come_back(client, entra, leave(client, provider, **data), sub)


def connect(portal, provider, entra, sub="neo-sub"):
    return go(portal, provider, entra, sub, process="connect")


def test_an_administrator_connects_and_then_signs_in(admin, portal, provider, entra):
    answer = connect(portal, provider, entra)
    assert (answer.status_code, answer["Location"]) == (302, "/account/sign-in/")
    assert "you can sign in by Contoso" in portal.get("/account/sign-in/").content.decode()
    browser = Client()
    assert "Sign in with Contoso" in browser.get("/sign-in/").content.decode()
    answer = go(browser, provider, entra, "neo-sub", next="/audit/")
    assert (answer.status_code, answer["Location"]) == (302, "/audit/")
    assert browser.get("/users/").status_code == 200
    event = AuditEvent.objects.filter(action="session.signed_in").latest("created_at")
    assert (event.details, event.actor_label) == ({"method": "single sign-on"}, "neo@example.com")
    assert SocialAccount.objects.get().extra_data == {}, "nothing is kept but the subject"


def test_the_request_has_pkce_state_and_nonce_and_nothing_of_the_visitor(provider, entra):
    client = Client()
    page = client.post(f"/sign-in/sso/{provider.pk}/?auth_params=redirect_uri%3Devil&scope=evil")
    address = html.unescape(re.search(r'<a href="(http[^"]+)"', page.content.decode())[1])
    asked = parse_qs(urlsplit(address).query)
    assert set(asked) == {
        *("client_id", "redirect_uri", "scope", "response_type"),
        *("state", "nonce", "code_challenge", "code_challenge_method"),
    }
    assert asked["code_challenge_method"] == ["S256"]
    assert set(asked["scope"][0].split()) == {"openid", "profile"}
    assert asked["redirect_uri"][0].endswith(f"/sign-in/sso/{provider.pk}/callback/")
    assert "evil" not in address


def test_the_same_address_is_not_the_same_person(admin, provider, entra):
    entra.has("stranger", email="neo@example.com", email_verified=True, preferred_username="neo@example.com")
    browser = Client()
    answer = go(browser, provider, entra, "stranger")
    assert answer.status_code == 403
    assert "this portal does not" in answer.content.decode()
    assert browser.get("/users/").status_code == 302
    assert not SocialAccount.objects.exists()


def test_a_provider_signs_in_nobody_of_another_organization(admin, portal, provider, entra, other_organization):
    connect(portal, provider, entra)
    theirs = make_provider(other_organization, entra, match_claim="sub")
    assert go(Client(), theirs, entra, "neo-sub").status_code == 403
    answer = go(portal, theirs, entra, "neo-sub", process="connect")
    assert answer["Location"] == "/account/sign-in/"
    assert "does not sign in by that provider" in portal.get("/account/sign-in/").content.decode()
    assert SocialAccount.objects.count() == 1


def test_an_identity_is_one_persons(organization, admin, portal, provider, entra):
    connect(portal, provider, entra)
    trinity, _ = factories.make_admin(organization, "trinity@example.com")
    browser = factories.browser(trinity)
    connect(browser, provider, entra)
    assert "connected to another administrator already" in browser.get("/account/sign-in/").content.decode()
    assert SocialAccount.objects.get().user == admin


def test_connecting_needs_somebody_who_is_signed_in_now(provider, entra):
    assert go(Client(), provider, entra, "neo-sub", process="connect")["Location"] == "/sign-in/"
    assert not SocialAccount.objects.exists()


def test_the_inactive_are_not_signed_in(organization, admin, portal, provider, entra):
    connect(portal, provider, entra)
    factories.make_admin(organization, "trinity@example.com")
    deactivate_user(admin.user, actor=factories.COMMAND)
    browser = Client()
    assert go(browser, provider, entra, "neo-sub")["Location"] == "/sign-in/"
    assert "Inactive" in browser.get("/sign-in/").content.decode()
    assert not Session.objects.filter(account=admin).exists()


def test_who_refuses_there_is_not_signed_in_here(provider, entra):
    client = Client()
    answer = come_back(client, entra, leave(client, provider), None)
    assert answer.status_code == 401
    assert "Contoso did not sign you in" in answer.content.decode()


def test_an_answer_is_good_once_and_in_its_own_browser(admin, portal, provider, entra):
    connect(portal, provider, entra)
    client = Client()
    back = urlsplit(entra.sign_in(leave(client, provider), sub="neo-sub"))
    assert Client().get(f"{back.path}?{back.query}").status_code == 401, "another browser"
    assert client.get(f"{back.path}?{back.query}").status_code == 302
    client.post("/sign-out/")
    assert client.get(f"{back.path}?{back.query}").status_code == 401, "again"


def test_the_session_gets_a_new_key(admin, portal, provider, entra):
    connect(portal, provider, entra)
    client = Client()
    address = leave(client, provider)
    before = client.session.session_key
    come_back(client, entra, address, "neo-sub")
    assert client.session.session_key != before


def test_disconnecting(admin, portal, provider, entra):
    connect(portal, provider, entra)
    linked = SocialAccount.objects.get()
    portal.post(f"/account/identities/{linked.pk}/remove/")
    assert go(Client(), provider, entra, "neo-sub").status_code == 403
    told = AuditEvent.objects.filter(action__startswith="identity.").order_by("created_at", "id")
    assert [event.action for event in told] == ["identity.linked", "identity.unlinked"]


def test_the_last_way_in_stays(admin, portal, provider, entra):
    connect(portal, provider, entra)
    admin.set_unusable_password()
    admin.save()
    browser = factories.browser(admin)
    browser.post(f"/account/identities/{SocialAccount.objects.get().pk}/remove/")
    assert "only way in which you can sign in" in browser.get("/account/sign-in/").content.decode()
    assert SocialAccount.objects.exists()


def test_who_has_no_password_proves_it_again_at_the_provider(admin, portal, provider, entra):
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
    address = html.unescape(re.search(r'<a href="(http[^"]+)"', page.content.decode())[1])
    assert "prompt=login" in address
    assert come_back(browser, entra, address, "neo-sub").status_code == 302
    assert browser.get("/account/codes/new/").status_code == 200, "recent again"


# --- Groups that make administrators ------------------------------------------------------------------


@pytest.fixture
def operators(organization, scim):
    group = Group.objects.get(pk=scim.post("/Groups", {"displayName": "Operators"}).document["id"])
    map_group(group, role=Role.USER_ADMIN, by=Role.FULL_ADMIN, actor=factories.COMMAND)
    return group


@pytest.fixture
def morpheus(organization, operators, entra):
    user = factories.make_user(organization, "morpheus@example.com", externalId=OID)
    add_member(operators, user.pk, actor=factories.COMMAND)
    entra.has("morpheus-sub", oid=OID)
    return user


def test_a_member_signs_in_with_the_groups_role(organization, provider, morpheus, entra):
    browser = Client()
    assert go(browser, provider, entra, "morpheus-sub").status_code == 302
    account = Account.objects.get(user=morpheus)
    assert (account.role, account.by_group, account.has_usable_password()) == (Role.USER_ADMIN, True, False)
    assert browser.get("/users/").status_code == 200
    assert browser.get("/sign-on/").status_code == 403, "no more than the role"
    assert "By a group" in browser.get("/administrators/").content.decode()
    assert not SocialAccount.objects.exists(), "found anew at each sign-in"


@pytest.mark.parametrize("loss", ["membership", "mapping", "group", "user", "provider's claim", "externalId"])
def test_the_role_ends_with_what_it_came_from(organization, scim, provider, operators, morpheus, entra, loss):
    browser = Client()
    go(browser, provider, entra, "morpheus-sub")
    assert browser.get("/users/").status_code == 200
    sessions_end = True
    if loss == "membership":
        path = f'members[value eq "{morpheus.pk}"]'
        assert scim.patch(f"/Groups/{operators.pk}", {"op": "remove", "path": path}).status_code == 200
    elif loss == "mapping":
        unmap_group(RoleMapping.objects.get(), by=Role.FULL_ADMIN, actor=factories.COMMAND)
    elif loss == "group":
        assert scim.delete(f"/Groups/{operators.pk}").status_code == 204
    elif loss == "user":
        scim.patch(f"/Users/{morpheus.pk}", {"op": "replace", "path": "active", "value": False})
    elif loss == "provider's claim":
        IdentityProvider.objects.update(match_claim="")
        sessions_end = False
    else:
        scim.patch(f"/Users/{morpheus.pk}", {"op": "replace", "path": "externalId", "value": "another"})
        sessions_end = False
    assert (browser.get("/users/").status_code == 302) is sessions_end
    refused = go(Client(), provider, entra, "morpheus-sub")
    assert refused.status_code == 403 or refused["Location"] == "/sign-in/"


def test_members_of_a_group_in_the_group_are_not_meant(organization, scim, provider, operators, entra):
    inner = scim.post("/Groups", {"displayName": "Inner"}).document["id"]
    user = factories.make_user(organization, "tank@example.com", externalId=OID)
    scim.patch(f"/Groups/{inner}", {"op": "add", "path": "members", "value": [{"value": str(user.pk)}]})
    scim.patch(f"/Groups/{operators.pk}", {"op": "add", "path": "members", "value": [{"value": inner}]})
    entra.has("tank-sub", oid=OID)
    assert go(Client(), provider, entra, "tank-sub").status_code == 403


def test_two_users_with_one_external_id_are_nobody(organization, provider, operators, morpheus, entra):
    twin = factories.make_user(organization, "twin@example.com", externalId=OID)
    add_member(operators, twin.pk, actor=factories.COMMAND)
    assert go(Client(), provider, entra, "morpheus-sub").status_code == 403


def test_who_has_a_role_of_their_own_is_not_found_by_external_id(organization, admin, scim, provider, operators, entra):
    """Whoever may write users by SCIM could otherwise sign in as any administrator."""
    scim.patch(f"/Users/{admin.user_id}", {"op": "add", "path": "externalId", "value": OID})
    add_member(operators, admin.user.pk, actor=factories.COMMAND)
    entra.has("thief-sub", oid=OID)
    assert go(Client(), provider, entra, "thief-sub").status_code == 403


def test_the_last_full_administrator_is_not_one_by_a_group(
    organization, admin, scim, provider, operators, morpheus, entra
):
    map_group(operators, role=Role.FULL_ADMIN, by=Role.FULL_ADMIN, actor=factories.COMMAND)
    go(Client(), provider, entra, "morpheus-sub")
    answer = scim.patch(f"/Users/{admin.user_id}", {"op": "replace", "path": "active", "value": False})
    assert answer.status_code >= 400
    admin.user.refresh_from_db()
    assert admin.user.active


def test_a_person_makes_nobody_more_than_they_are(organization, operators, morpheus):
    """A user administrator with a token of their own cannot write into a group of full administrators."""
    from controlhub.actions.tokens import issue_personal_token
    from controlhub.models import Scope
    from tests.conftest import ScimClient

    map_group(operators, role=Role.FULL_ADMIN, by=Role.FULL_ADMIN, actor=factories.COMMAND)
    account, _ = factories.make_admin(organization, "cypher@example.com", Role.USER_ADMIN)
    _, secret = issue_personal_token(
        account, name="mine", scopes=[Scope.SCIM_READ, Scope.SCIM_WRITE], days=1, actor=factories.COMMAND
    )
    mine, group = ScimClient(organization, secret), f"/Groups/{operators.pk}"
    me = [{"value": str(account.user_id)}]
    assert mine.patch(group, {"op": "add", "path": "members", "value": me}).status_code == 403
    assert mine.patch(group, {"op": "remove", "path": f'members[value eq "{morpheus.pk}"]'}).status_code == 403
    assert mine.put(group, {"displayName": "Operators", "members": me}).status_code == 403
    assert mine.delete(group).status_code == 403
    user = f"/Users/{morpheus.pk}"
    assert mine.patch(user, {"op": "replace", "path": "externalId", "value": "mine"}).status_code == 403
    assert list(Membership.objects.filter(group=operators).values_list("user_id", flat=True)) == [morpheus.pk]


def test_a_member_has_no_tokens_of_their_own(provider, morpheus, entra):
    browser = Client()
    go(browser, provider, entra, "morpheus-sub")
    assert "Issue a token" not in browser.get("/account/").content.decode()
    answer = browser.post("/account/tokens/", {"name": "x", "scopes": ["scim:read"], "days": 1})
    assert answer.status_code == 409


def test_a_group_is_mapped_and_unmapped_on_the_page(organization, portal, scim):
    group = scim.post("/Groups", {"displayName": "Help Desk"}).document["id"]
    assert portal.post("/administrators/groups/", {"group": "help desk", "role": "help_desk"}).status_code == 302
    assert RoleMapping.objects.get().role == "help_desk"
    assert "Help Desk" in portal.get("/administrators/").content.decode()
    for wrong in ("nowhere", "00000000-0000-0000-0000-000000000000"):
        answer = portal.post("/administrators/groups/", {"group": wrong, "role": "help_desk"})
        assert (answer.status_code, "There is no such group" in answer.content.decode()) == (422, True)
    portal.post(f"/administrators/groups/{group}/remove/")
    assert not RoleMapping.objects.exists()
    told = AuditEvent.objects.filter(action__in=["group.mapped", "group.unmapped"]).order_by("created_at", "id")
    assert [event.action for event in told] == ["group.mapped", "group.unmapped"]


def test_nobody_maps_a_group_above_their_role(organization, scim):
    scim.post("/Groups", {"displayName": "Kings"})
    factories.make_admin(organization, "neo@example.com")
    account, _ = factories.make_admin(organization, "cypher@example.com", Role.USER_ADMIN)
    answer = factories.browser(account).post("/administrators/groups/", {"group": "Kings", "role": "full_admin"})
    assert answer.status_code == 422
    assert not RoleMapping.objects.exists()


# --- Setting up a provider ----------------------------------------------------------------------------


FORM = {"name": "Contoso", "client_id": "hub", "client_secret": "s3cret", "match_claim": "", "is_listed": "on"}


def test_a_provider_is_set_up_on_the_page_and_its_secret_is_sealed(portal, entra):
    answer = portal.post("/sign-on/add/", {**FORM, "issuer": entra.issuer + "/"})
    assert answer.status_code == 302
    provider = IdentityProvider.objects.get()
    assert (provider.issuer, provider.client_secret) == (entra.issuer, "s3cret")
    assert "s3cret" not in provider.sealed_secret
    page = portal.get("/sign-on/").content.decode()
    assert f"/sign-in/sso/{provider.pk}/callback/" in page
    assert "s3cret" not in page
    assert "s3cret" not in str(list(AuditEvent.objects.values("changes", "details")))


def test_another_issuer_forgets_secret_and_identities(admin, portal, provider, entra):
    connect(portal, provider, entra)
    other = entra.issuer.replace("127.0.0.1", "localhost")
    where = f"/sign-on/{provider.pk}/"
    from django.conf import settings

    settings.OUTBOUND_ALLOW += [f"{host}:{urlsplit(other).port}" for host in ("127.0.0.1", "[::1]")[:1]]
    answer = portal.post(where, {**FORM, "issuer": other, "client_secret": ""})
    assert answer.status_code in {409, 422}
    assert SocialAccount.objects.count() == 1, "nothing was changed"
    assert portal.post(where, {**FORM, "issuer": other}).status_code == 302
    assert not SocialAccount.objects.exists()


def test_a_change_without_a_secret_keeps_it(portal, provider, entra):
    answer = portal.post(
        f"/sign-on/{provider.pk}/", {**FORM, "issuer": entra.issuer, "client_secret": "", "name": "New"}
    )
    assert answer.status_code == 302
    provider.refresh_from_db()
    assert (provider.name, provider.client_secret) == ("New", "s3cret")


@pytest.mark.parametrize(
    ("issuer", "said"),
    [
        ("ftp://example.com", "has to begin with https"),
        ("http://example.com", "has to begin with https"),
        ("https://example.com:8443", "cannot name another port"),
        ("https://user:pass@example.com", "no user or password"),
        ("https://localhost", "which this installation does not ask"),
        ("https://169.254.169.254/latest/meta-data", "which this installation does not ask"),
        ("https://[::ffff:10.0.0.1]/", "which this installation does not ask"),
    ],
)
def test_an_issuer_that_leads_inside_is_refused(portal, issuer, said):
    answer = portal.post("/sign-on/add/", {**FORM, "issuer": issuer})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not IdentityProvider.objects.exists()


def test_a_claim_that_people_choose_is_refused(portal, entra):
    answer = portal.post("/sign-on/add/", {**FORM, "issuer": entra.issuer, "match_claim": "email"})
    assert answer.status_code == 422
    assert "can change or be chosen" in answer.content.decode()


def test_a_provider_is_removed_after_a_question(portal, provider, entra, admin):
    connect(portal, provider, entra)
    assert "Remove Contoso?" in portal.get(f"/sign-on/{provider.pk}/remove/").content.decode()
    portal.post(f"/sign-on/{provider.pk}/remove/")
    assert not IdentityProvider.objects.exists()
    assert not SocialAccount.objects.exists()
    assert Client().post(f"/sign-in/sso/{provider.pk}/").status_code == 404


def test_a_lost_key_is_no_crash(provider):
    IdentityProvider.objects.update(sealed_secret="00000000.AAAA")
    assert Client().post(f"/sign-in/sso/{provider.pk}/").status_code == 503


def test_a_provider_that_is_away_is_said_so(portal, provider, entra, settings):
    provider.issuer = "http://127.0.0.1:9/x/v2.0"
    provider.keep_secret("s3cret")
    provider.save()
    settings.OUTBOUND_ALLOW += ["127.0.0.1:9"]
    answer = Client().post(f"/sign-in/sso/{provider.pk}/")
    assert answer.status_code == 401
    assert "Contoso did not sign you in" in answer.content.decode()
