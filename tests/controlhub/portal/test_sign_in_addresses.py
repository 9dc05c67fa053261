"""Each organization's own sign-in URL offers its identity providers. The shared page names none."""

from html.parser import HTMLParser

import pytest
from django.test import Client

from controlhub.actions.providers import ProviderSettings, add_provider
from controlhub.models import Account, IdentityProvider
from tests import factories
from tests.architecture.test_access import OPEN, ROUTES, address
from tests.providers import go, make_provider


class _Page(HTMLParser):
    """The form actions and the text of a page."""

    def __init__(self, answer):
        super().__init__()
        self.actions, self.text = [], ""
        self.feed(answer.content.decode())

    def handle_starttag(self, tag, attributes):
        if tag == "form":
            self.actions.append(dict(attributes).get("action", ""))

    def handle_data(self, data):
        self.text += data


def offered(client, path="/sign-in/"):
    """The IDs of the providers offered on a page."""
    actions = _Page(client.get(path)).actions
    return {action.split("/")[3] for action in actions if action.startswith("/sign-in/sso/")}


@pytest.fixture
def ours(organization):
    return add(organization, "Zion login")


@pytest.fixture
def theirs(other_organization):
    return add(other_organization, "Machine login")


def add(organization, name, **more):
    wanted = ProviderSettings(name, "https://idp.example", "hub", "s3cret", **more)
    return add_provider(organization, wanted, actor=factories.COMMAND)


def own_address(provider):
    return f"/sign-in/{provider.organization_id}/"


def test_no_open_page_names_an_organization_or_its_providers(organization, other_organization, admin, ours, theirs):
    for name, pattern in ROUTES:
        if name in OPEN and "provider_id" not in pattern and name != "organization-sign-in":
            text = _Page(Client().get(address(pattern, organization.pk), follow=True)).text
            for secret in ("Zion", "Machine"):
                assert secret not in text, f"{name} names an organization or a provider"
    for typed in ("neo@example.com", "nobody@example.com"):
        answer = Client().post("/sign-in/", {"login": typed, "password": "wrong"})
        assert "Zion" not in _Page(answer).text
        assert not any(action.startswith("/sign-in/sso/") for action in _Page(answer).actions)


def test_url_of_an_organization_offers_its_providers(ours, theirs):
    unlisted = add(ours.organization, "For tests", is_listed=False)
    assert offered(Client(), own_address(ours)) == {str(ours.pk)}
    assert offered(Client(), own_address(theirs)) == {str(theirs.pk)}
    assert str(unlisted.pk) not in offered(Client(), own_address(ours))


def test_passwords_work_at_the_url_of_the_organization(admin, ours):
    client = Client()
    answer = client.post(own_address(ours), {"login": "neo@example.com", "password": "wrong"})
    assert answer.status_code == 401
    assert {own_address(ours), f"/sign-in/sso/{ours.pk}/"} <= set(_Page(answer).actions)
    data = {"login": "neo@example.com", "password": admin.password_shown, "next": "/audit/"}
    assert client.post(own_address(ours), data)["Location"] == "/audit/"


def test_browser_is_offered_the_providers_of_a_previous_sign_in(organization, admin, ours, theirs):
    client = Client()
    factories.sign_in(client, admin)
    client.post("/sign-out/")
    assert offered(client) == {str(ours.pk)}
    IdentityProvider.objects.filter(pk=ours.pk).update(is_listed=False)
    assert offered(client) == set()


def test_browser_is_offered_the_provider_of_a_previous_single_sign_on(organization, admin, portal, entra, theirs):
    provider = make_provider(organization, entra)
    go(portal, provider, entra, "neo-sub", process="connect")
    client = Client()
    assert go(client, provider, entra, "neo-sub").status_code == 302
    assert client.get("/users/").status_code == 200
    client.post("/sign-out/")
    assert offered(client) == {str(provider.pk)}


def test_visiting_an_organizations_url_does_not_change_the_shared_page(ours, theirs):
    client = Client()
    client.get(own_address(theirs))
    client.post(own_address(theirs), {"login": "nobody@example.com", "password": "wrong"})
    assert offered(client) == set()
    assert not client.cookies.get("device")


@pytest.mark.parametrize("method", ["get", "post"])
def test_unknown_organization_has_no_sign_in_url(db, method):
    assert getattr(Client(), method)("/sign-in/01a21571-aa55-7455-99d9-f122dda35f7f/").status_code == 404


def test_administrators_can_copy_the_url(organization, admin, portal, settings):
    settings.PUBLIC_URL = "https://hub.example.com"
    page = portal.get("/sign-on/").content.decode()
    assert f"https://hub.example.com/sign-in/{organization.pk}/" in _Page(portal.get("/sign-on/")).text
    assert 'data-copy="sign-in-address"' in page


def test_signed_in_administrator_is_redirected(portal, ours):
    assert portal.get(own_address(ours)).status_code == 302
    assert Account.objects.count() == 1
