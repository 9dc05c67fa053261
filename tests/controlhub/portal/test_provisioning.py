"""The Provisioning page: URLs, and tokens that are shown once."""

import pytest

from audit.models import AuditEvent
from controlhub.models import AccessToken, Connection
from tests import factories, pages
from tests.conftest import ScimClient
from tests.scenes import Scene
from tests.visits import visited_pages

FORM = {"name": "Entra ID", "scopes": ["scim:read", "scim:write"], "days": "365"}


def test_page_shows_the_values_that_an_identity_provider_needs(organization, portal):
    page = portal.get("/provisioning/").content.decode()
    assert f"/v1/scim/{organization.pk}</code>" in page
    assert f"/identity/scim/{organization.pk}/v2</code>" in page
    assert "No connections yet" in page


def test_token_is_shown_once_works_and_can_be_revoked(organization, portal):
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


def test_invalid_form_issues_no_token(portal):
    for wrong in ({"name": "x" * 300}, {"scopes": []}, {"days": "0"}, {"days": "100000"}, {"scopes": ["root"]}):
        assert portal.post("/provisioning/tokens/", {**FORM, **wrong}).status_code == 422
    assert not AccessToken.objects.exists()


def shown(response):
    return pages.read(response).copied("secret")


def test_two_valid_tokens_allow_rotation_without_a_gap(organization, portal):
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


def test_all_credentials_of_a_connection_are_revoked_together(organization, portal):
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


def test_connection_of_another_organization_is_not_found(other_organization, portal):
    token, _ = factories.make_token(other_organization)
    for page in ("rotate", "client", "revoke"):
        assert portal.post(f"/provisioning/{token.connection_id}/{page}/").status_code == 404


CURLY = set("\u201c\u201d\u2018\u2019\u00ab\u00bb\u201e\u201a\u2032\u2033")


def test_text_to_paste_has_no_typographic_quotes(scene, subtests):
    """Code, and cells in a monospaced font, on every page. People copy them into other consoles."""
    seen = 0
    for visit in visited_pages(scene):
        with subtests.test(visit.name):
            found = visit.page.texts("code, pre, td.mono, th.mono, textarea")
            seen += len(found)
            assert not [text for text in found if CURLY & set(text)]
    assert seen > 50


def test_expression_for_entra_can_be_pasted(portal):
    answer = portal.post("/provisioning/tokens/", {**FORM, "client": "entra"}, follow=True)
    cells = pages.read(answer).texts("td.mono")
    assert 'Switch([IsSoftDeleted], , "False", "True", "True", "False")' in cells


@pytest.fixture
def scene(db):
    return Scene()
