"""The cards of connections, and the setup of a connection with its progress."""

from urllib.parse import urlsplit

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from controlhub.actions.pauses import pause_connection
from controlhub.actions.tokens import revoke_token
from controlhub.models import AccessToken, Client, Connection
from controlhub.portal.connection_cards import connection_card
from controlhub.portal.connection_progress import progress_of
from controlhub.portal.guides import GUIDES
from controlhub.security.token_secrets import LENGTH, make_secret
from scim.api.request_log import REQUESTS
from scim.protocol import urns
from tests import factories, pages
from tests.conftest import ScimClient

TRINITY = {"schemas": [urns.CORE_USER], "userName": "trinity@example.com"}


@pytest.fixture(autouse=True)
def _empty_queue():
    REQUESTS.__init__()


@pytest.fixture
def connection(scim):
    return Connection.objects.get()


def progress(connection):
    REQUESTS.flush()
    return progress_of(connection_card(Connection.objects.get(pk=connection.pk)))


def states(connection):
    return [gate.state for gate in progress(connection).gates]


def test_steps_are_completed_in_order(scim, connection):
    assert states(connection) == ["done", "now", "next"]
    scim.get("/Users?count=1")
    assert states(connection) == ["done", "done", "now"]
    scim.post("/Users", TRINITY)
    assert states(connection) == ["done", "done", "done"]


def test_page_polls_for_progress_until_it_is_complete(portal, scim, connection):
    address = f"/provisioning/{connection.pk}/"
    part = portal.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "hx-trigger" in part
    assert "<html" not in part
    scim.post("/Users", TRINITY)
    assert "hx-trigger" not in portal.get(address, headers={"HX-Request": "true"}).content.decode()


def test_page_helps_until_the_first_request_and_then_shows_figures(portal, scim, connection):
    def cards():
        page = pages.read(portal.get(f"/provisioning/{connection.pk}/"))
        return [name for name in ("progress", "nothing", "activity") if page.all(f"#{name}-h")]

    assert cards() == ["progress", "nothing"]
    scim.get("/Users?count=1")
    assert cards() == ["progress"]
    scim.post("/Users", TRINITY)
    assert cards() == ["activity"]


def test_page_states_the_length_of_secrets():
    assert len(make_secret()) == LENGTH


def test_unknown_token_causes_a_hint(organization, connection):
    assert ScimClient(organization, "chub_wrong").get("/Users").status_code == 401
    (hint,) = progress(connection).hints
    assert "without a valid token" in str(hint.title)


def test_revoked_token_causes_a_hint(scim, connection):
    revoke_token(AccessToken.objects.get(), actor=factories.COMMAND)
    scim.get("/Users")
    (hint,) = progress(connection).hints
    assert "revoked" in str(hint.title)


def test_url_of_another_organization_causes_a_hint(scim, connection, other_organization):
    scim.base = f"/v1/scim/{other_organization.pk}"
    assert scim.get("/Users").status_code == 404
    AccessToken.objects.update(last_used_at=None)
    (hint,) = progress(connection).hints
    assert "another organization" in str(hint.title)


def test_wrong_path_causes_a_hint(scim, connection):
    assert scim.get("/scim/v2/Users").status_code == 404
    AccessToken.objects.update(last_used_at=None)
    (hint,) = progress(connection).hints
    assert "wrong path" in str(hint.title)


def test_requests_of_other_connections_cause_no_hints(organization, connection):
    _, secret = factories.make_token(organization)
    ScimClient(organization, secret).get("/Users/nobody")
    assert progress(connection).hints == []


def test_hints_end_with_the_first_accepted_request(organization, scim, connection):
    ScimClient(organization, "chub_wrong").get("/Users")
    scim.get("/Users")
    assert progress(connection).hints == []


@pytest.mark.parametrize("client", Client)
def test_every_client_has_a_guide_with_its_source(portal, client):
    form = {"name": "New", "client": client, "scopes": ["scim:read"], "days": "30"}
    page = pages.read(portal.post("/provisioning/tokens/", form, follow=True))
    guide = GUIDES[client]
    assert Connection.objects.get().client == client
    assert all(str(step) in page.text for step in guide.steps)
    assert all(source.title in page.text for source in guide.sources)


OWN_HOSTS = {
    Client.ENTRA: "microsoft.com",
    Client.OKTA: "okta.com",
    Client.GOOGLE: "google.com",
    Client.JUMPCLOUD: "jumpcloud.com",
    Client.ONELOGIN: "onelogin.com",
    Client.GENERIC: "rfc-editor.org",
}


@pytest.mark.parametrize("client", Client)
def test_first_source_is_the_page_of_the_vendor(client):
    host = urlsplit(GUIDES[client].sources[0].url).hostname
    assert host == OWN_HOSTS[client] or host.endswith(f".{OWN_HOSTS[client]}")


def test_card_shows_the_last_error_in_words(portal, scim):
    scim.post("/Users", {"schemas": [urns.CORE_USER], "userName": ""})
    REQUESTS.flush()
    page = pages.read(portal.get("/provisioning/")).text
    assert "A value is missing or has the wrong type" in page
    assert "Failing since" in page


def test_paused_connection_is_shown_on_the_overview(portal, connection):
    assert "is paused" not in pages.read(portal.get("/")).text
    pause_connection(connection, actor=factories.COMMAND)
    assert "is paused" in pages.read(portal.get("/")).text


def test_overview_shows_the_requests_of_seven_days(portal, scim):
    assert "No requests in the last 7 days" in pages.read(portal.get("/")).text
    scim.get("/Users")
    REQUESTS.flush()
    assert "SCIM requests and errors per day, last 7 days" in pages.read(portal.get("/")).text


def test_number_of_statements_does_not_depend_on_the_number_of_connections(organization, portal):
    def statements():
        portal.get("/provisioning/")
        with CaptureQueriesContext(database) as captured:
            assert portal.get("/provisioning/").status_code == 200
        return len(captured)

    factories.make_token(organization)
    few = statements()
    for _number in range(5):
        factories.make_token(organization)
    assert statements() == few


def test_connection_of_another_organization_is_not_found(portal, other_organization):
    token, _ = factories.make_token(other_organization)
    assert portal.get(f"/provisioning/{token.connection_id}/").status_code == 404


def test_connection_without_a_name_is_named_after_the_identity_provider(portal, organization):
    fields = pages.read(portal.get("/provisioning/add/")).form("/provisioning/tokens/").fields
    page = pages.read(portal.post("/provisioning/tokens/", {**fields, "client": "okta", "name": " "}, follow=True))
    assert Connection.objects.in_organization(organization).get().name == str(Client.OKTA.label)
    assert page.texts(".secret h2") == [f"Copy the token of {Client.OKTA.label} now"]
