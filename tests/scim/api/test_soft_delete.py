"""SCIM DELETE if deleted users stay recoverable: gone for SCIM (RFC 7644 §3.6), but not for administrators."""

import pytest

from controlhub.actions.organizations import change_policies
from controlhub.actions.schemas import extend_resource_type, register_schema
from controlhub.actions.users import reactivate_user
from controlhub.errors import DomainError
from controlhub.models import Group, RowCount, User
from tests import factories
from tests.conftest import ScimClient


@pytest.fixture(autouse=True)
def soft(organization):
    change_policies(organization, changes={"scim_delete": "soft"}, actor=factories.COMMAND)


@pytest.fixture
def morpheus(scim):
    user = scim.post(
        "/Users", {"userName": "morpheus@example.com", "externalId": "m", "displayName": "Morpheus"}
    ).document
    member = [{"value": user["id"]}]
    groups = [scim.post("/Groups", {"displayName": name, "members": member}).document for name in ("Crew", "Captains")]
    assert scim.delete(f"/Users/{user['id']}").status_code == 204
    return user | {"crew": groups[0]["id"], "captains": groups[1]["id"]}


def test_deleted_user_is_hidden_from_scim(scim, organization, morpheus):
    path = f"/Users/{morpheus['id']}"
    assert (
        scim.get(path).status_code
        == scim.delete(path).status_code
        == scim.put(path, {"userName": "x"}).status_code
        == 404
    )
    assert scim.patch(path, {"op": "replace", "path": "active", "value": True}).status_code == 404
    for query in ("", "?filter=active eq false", '?filter=externalId eq "m"', f'?filter=id eq "{morpheus["id"]}"'):
        assert scim.get(f"/Users{query}").document["totalResults"] == 0, query
    for query in ("?count=0", "?cursor=", "?sortBy=userName", '?filter=displayName co "orpheu"', "?startIndex=2"):
        assert scim.get(f"/Users{query}").document["totalResults"] == 0, query
    assert scim.get('/?filter=meta.resourceType eq "User"').document["totalResults"] == 0


def test_name_can_be_reused_by_a_new_user(scim, morpheus):
    again = scim.post("/Users", {"userName": "morpheus@example.com"})
    assert (again.status_code, again.document["id"] != morpheus["id"]) == (201, True)


def test_membership_is_removed_and_restored(scim, organization, morpheus):
    crew = f"/Groups/{morpheus['crew']}"
    assert "members" not in scim.get(crew).document
    assert Group.objects.get(pk=morpheus["crew"]).member_count == 0
    refused = scim.patch(crew, {"op": "add", "path": "members", "value": [{"value": morpheus["id"]}]})
    assert "members" not in refused.document, "a deleted member is not a member"
    scim.delete(f"/Groups/{morpheus['captains']}")
    reactivate_user(User.objects.get(pk=morpheus["id"]), actor=factories.COMMAND)
    user = scim.get(f"/Users/{morpheus['id']}").document
    assert (user["active"], user["userName"]) == (True, "morpheus@example.com")
    assert [group["value"] for group in user["groups"]] == [morpheus["crew"]]
    assert [member["value"] for member in scim.get(crew).document["members"]] == [morpheus["id"]]
    assert Group.objects.get(pk=morpheus["crew"]).member_count == 1


def test_totals_are_updated(scim, organization, morpheus):
    def counted():
        return sum(
            RowCount.objects.filter(organization_id=organization.pk, kind="controlhub_user").values_list(
                "rows", flat=True
            )
        )

    assert counted() == scim.get("/Users?count=0").document["totalResults"] == 0
    reactivate_user(User.objects.get(pk=morpheus["id"]), actor=factories.COMMAND)
    assert counted() == scim.get("/Users?count=0").document["totalResults"] == 1
    scim.delete(f"/Users/{morpheus['id']}")
    User.objects.all().delete()
    assert counted() == 0


def test_administrator_sees_the_deleted_user(portal, morpheus):
    page = portal.get("/users/deleted/").content.decode()
    assert "Morpheus" in page
    assert "Deleted by SCIM" in portal.get(f"/users/{morpheus['id']}/").content.decode()


def test_user_already_deleted_by_a_tombstone_is_only_hidden(scim, organization):
    user = scim.post("/Users", {"userName": "neo@example.com"}).document
    tombstone = f"{'a' * 32}neo@example.com"
    scim.patch(f"/Users/{user['id']}", {"op": "replace", "value": {"userName": tombstone, "active": False}})
    since = User.objects.get(pk=user["id"]).deactivated_at
    assert scim.delete(f"/Users/{user['id']}").status_code == 204
    assert scim.get(f"/Users/{user['id']}").status_code == 404
    assert User.objects.get(pk=user["id"]).deactivated_at == since, "the clock goes on"


def test_user_with_only_a_tombstone_name_loses_access_on_delete(scim, organization):
    """Entra may rename first. The DELETE that follows must still revoke the access."""
    user = scim.post("/Users", {"userName": "neo@example.com"}).document
    scim.patch(f"/Users/{user['id']}", {"op": "replace", "path": "userName", "value": f"{'a' * 32}neo@example.com"})
    _, secret = factories.make_token(organization, user=User.objects.get(pk=user["id"]))
    scim.delete(f"/Users/{user['id']}")
    gone = User.objects.get(pk=user["id"])
    assert (gone.active, gone.hidden, gone.shown_user_name) == (False, True, "neo@example.com")
    assert ScimClient(organization, secret).get("/Me").status_code == 401


def test_unique_values_can_be_reused_until_the_user_is_restored(scim, organization):
    badge = "urn:example:2.0:Badge"
    number = {"name": "number", "type": "string", "multiValued": False, "uniqueness": "server"}
    schema = register_schema(
        organization, definition={"id": badge, "name": "Badge", "attributes": [number]}, actor=factories.COMMAND
    )
    extend_resource_type(organization, resource_type="User", schema=schema, required=False, actor=factories.COMMAND)
    body = {"userName": "neo@example.com", badge: {"number": "7"}}
    first = scim.post("/Users", body).document
    assert scim.post("/Users", {**body, "userName": "smith@example.com"}).status_code == 409
    scim.delete(f"/Users/{first['id']}")
    second = scim.post("/Users", body)
    assert second.status_code == 201
    with pytest.raises(DomainError):
        reactivate_user(User.objects.get(pk=first["id"]), actor=factories.COMMAND)
    scim.delete(f"/Users/{second.document['id']}")
    reactivate_user(User.objects.get(pk=first["id"]), actor=factories.COMMAND)
    assert scim.post("/Users", {**body, "userName": "smith@example.com"}).status_code == 409
