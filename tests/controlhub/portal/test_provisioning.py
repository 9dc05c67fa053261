"""The Provisioning page: addresses, and tokens that are shown once."""

import pytest

from audit.models import AuditEvent
from controlhub.models import AccessToken, Connection
from tests import factories, pages
from tests.conftest import ScimClient
from tests.scenes import Scene
from tests.visits import visited_pages

FORM = {"name": "Entra ID", "scopes": ["scim:read", "scim:write"], "days": "365"}


def test_the_page_shows_what_an_identity_provider_asks_for(organization, portal):
    page = portal.get("/provisioning/").content.decode()
    assert f"/v1/scim/{organization.pk}</code>" in page
    assert f"/identity/scim/{organization.pk}/v2</code>" in page
    assert "No connections yet" in page


def test_a_token_is_shown_once_works_and_is_revoked(organization, portal):
    answer = portal.post("/provisioning/tokens/", FORM, follow=True)
    secret = shown(answer)
    factories.copied(portal, answer)
    token = AccessToken.objects.get(name="Entra ID")
    address = f"/provisioning/{token.connection_id}/"
    assert secret not in portal.get(address).content.decode()
    assert f"{token.prefix}…" in portal.get(address).content.decode()

    scim = ScimClient(organization, secret)
    assert scim.get("/Users").status_code == 200
    token.refresh_from_db()
    assert token.last_used_address == "127.0.0.1"
    assert "stops working immediately" in portal.get(f"/provisioning/tokens/{token.pk}/revoke/").content.decode()
    assert scim.get("/Users").status_code == 200
    portal.post(f"/provisioning/tokens/{token.pk}/revoke/")
    assert scim.get("/Users").status_code == 401
    assert "Revoked" in portal.get(address).content.decode()


def test_a_form_that_is_wrong_issues_nothing(portal):
    for wrong in ({"name": "x" * 300}, {"scopes": []}, {"days": "0"}, {"days": "100000"}, {"scopes": ["root"]}):
        assert portal.post("/provisioning/tokens/", {**FORM, **wrong}).status_code == 422
    assert not AccessToken.objects.exists()


def shown(response):
    return pages.read(response).copied("secret")


def test_two_live_tokens_let_a_provider_change_over_without_a_gap(organization, portal):
    first = ScimClient(organization, shown(portal.post("/provisioning/tokens/", FORM, follow=True)))
    connection = Connection.objects.get()
    second = ScimClient(organization, shown(portal.post(f"/provisioning/{connection.pk}/rotate/", follow=True)))
    assert (first.get("/Users").status_code, second.get("/Users").status_code) == (200, 200)
    third = portal.post(f"/provisioning/{connection.pk}/rotate/", follow=True)
    assert "two valid tokens" in third.content.decode()
    portal.post(f"/provisioning/tokens/{connection.tokens.earliest('created_at').pk}/revoke/")
    assert (first.get("/Users").status_code, second.get("/Users").status_code) == (401, 200)
    answer = portal.post(f"/provisioning/{connection.pk}/rotate/", follow=True)
    assert ScimClient(organization, shown(answer)).get("/Users").status_code == 200


def test_everything_of_a_connection_is_revoked_at_once(organization, portal):
    scim = ScimClient(organization, shown(portal.post("/provisioning/tokens/", FORM, follow=True)))
    connection = Connection.objects.get()
    page = portal.post(f"/provisioning/{connection.pk}/client/", follow=True).content.decode()
    assert f"{connection.pk}</code>" in page
    assert "/oauth/token</code>" in page
    assert "Its tokens and client secret" in portal.get(f"/provisioning/{connection.pk}/revoke/").content.decode()
    portal.post(f"/provisioning/{connection.pk}/revoke/")
    assert scim.get("/Users").status_code == 401
    assert Connection.objects.get().client_digest is None
    actions = set(AuditEvent.objects.values_list("action", flat=True))
    assert {"connection.created", "client.issued", "client.revoked", "token.issued", "token.revoked"} <= actions


def test_another_organization_s_connection_is_not_found(other_organization, portal):
    token, _ = factories.make_token(other_organization)
    for page in ("rotate", "client", "revoke"):
        assert portal.post(f"/provisioning/{token.connection_id}/{page}/").status_code == 404


CURLY = set("\u201c\u201d\u2018\u2019\u00ab\u00bb\u201e\u201a\u2032\u2033")


def test_nothing_that_is_pasted_has_typographic_quotes(scene, subtests):
    """Code, and cells in the type of code, of every page: people copy them into other consoles."""
    seen = 0
    for visit in visited_pages(scene):
        with subtests.test(visit.name):
            found = visit.page.texts("code, pre, td.mono, th.mono, textarea")
            seen += len(found)
            assert not [text for text in found if CURLY & set(text)]
    assert seen > 50


def test_entra_s_expression_can_be_pasted(portal):
    answer = portal.post("/provisioning/tokens/", {**FORM, "client": "entra"}, follow=True)
    cells = pages.read(answer).texts("td.mono")
    assert 'Switch([IsSoftDeleted], , "False", "True", "True", "False")' in cells


@pytest.fixture
def scene(db):
    return Scene()
