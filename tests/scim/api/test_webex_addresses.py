"""Webex URLs without an organization use that of the token (developer.webex.com, SCIM 2)."""

import pytest
from django.test import Client

from tests import factories


def get(path, secret):
    return Client().get(f"/identity/scim/v2{path}", headers={"Authorization": f"Bearer {secret}"})


def test_me_is_the_owner_of_the_token(organization):
    user = factories.make_user(organization)
    _, secret = factories.make_token(organization, user=user)
    found = get("/Users/me", secret)
    assert found.status_code == 200
    assert found.json()["id"] == str(user.pk)
    assert found.json()["meta"]["location"].endswith(f"/identity/scim/{organization.pk}/v2/Users/{user.pk}")


def test_me_is_not_available_to_connections(organization):
    _, secret = factories.make_token(organization)
    assert get("/Users/me", secret).status_code == 501


@pytest.mark.parametrize("name", ["User", "Group"])
def test_schema_of_a_type_is_served(organization, name):
    _, secret = factories.make_token(organization)
    document = get(f"/Schemas/SCIM2/{name}", secret).json()
    assert document["id"] == f"urn:ietf:params:scim:schemas:core:2.0:{name}"
    assert document["attributes"]
    assert get(f"/Schemas/SCIM2/{name}s", secret).status_code == 404
