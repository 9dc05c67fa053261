"""The Provisioning page: addresses, and tokens that are shown once."""

import re

from controlhub.models import AccessToken
from tests.conftest import ScimClient

FORM = {"name": "Entra ID", "scopes": ["scim:read", "scim:write"], "days": "365"}


def test_the_page_shows_what_an_identity_provider_asks_for(organization, portal):
    page = portal.get("/provisioning/").content.decode()
    assert f"/v1/scim/{organization.pk}</code>" in page
    assert f"/identity/scim/{organization.pk}/v2</code>" in page
    assert "No tokens yet" in page


def test_a_token_is_shown_once_works_and_is_revoked(organization, portal):
    page = portal.post("/provisioning/tokens/", FORM).content.decode()
    secret = re.search(r"chub_[\w-]{40,}", page)[0]
    token = AccessToken.objects.get(name="Entra ID")
    assert secret not in portal.get("/provisioning/").content.decode()
    assert f"{token.prefix}…" in portal.get("/provisioning/").content.decode()

    scim = ScimClient(organization, secret)
    assert scim.get("/Users").status_code == 200
    token.refresh_from_db()
    assert token.last_used_address == "127.0.0.1"
    assert "next request" in portal.get(f"/provisioning/tokens/{token.pk}/revoke/").content.decode()
    assert scim.get("/Users").status_code == 200
    portal.post(f"/provisioning/tokens/{token.pk}/revoke/")
    assert scim.get("/Users").status_code == 401
    assert "Revoked" in portal.get("/provisioning/").content.decode()


def test_a_form_that_is_wrong_issues_nothing(portal):
    for wrong in ({"name": ""}, {"scopes": []}, {"days": "0"}, {"days": "100000"}, {"scopes": ["root"]}):
        assert portal.post("/provisioning/tokens/", {**FORM, **wrong}).status_code == 422
    assert not AccessToken.objects.exists()
