"""The whole life of one user, in the form of Entra's requests, as one story over HTTP."""

import uuid

from audit.models import AuditEvent
from controlhub.tasks import purge_users
from tests import factories
from tests.conftest import ScimClient

OBJECT_ID = "58342554-38d6-4ec8-948c-50044d0a33fd"
MORPHEUS = {
    "schemas": [factories.ENTRA_CORE, factories.ENTERPRISE],
    "externalId": OBJECT_ID,
    "userName": "Morpheus@Zion.example",
    "active": True,
    "displayName": "Morpheus",
    "emails": [{"primary": True, "type": "work", "value": "morpheus@zion.example"}],
    "meta": {"resourceType": "User"},
    "name": {"formatted": "Morpheus Smith", "familyName": "Smith", "givenName": "Morpheus"},
    "roles": [],
}
TOMBSTONE = f"{OBJECT_ID.replace('-', '')}Morpheus@Zion.example"
DISABLE = {"op": "Replace", "path": "active", "value": "False"}
ENABLE = {"op": "Replace", "path": "active", "value": "True"}
RENAME = {"op": "Replace", "path": "userName", "value": TOMBSTONE}


def story(organization, user_id):
    events = AuditEvent.objects.in_organization(organization).about(user_id).order_by("created_at", "id")
    return [(event.service, event.category, event.activity) for event in events]


def test_user_goes_through_a_whole_life(organization, scim, at):
    # Test Connection: a random userName, and the response must be an empty list.
    found = scim.get(f'/Users?filter=userName eq "{uuid.uuid4()}"')
    assert (found.status_code, found.document["totalResults"], found.document["Resources"]) == (200, 0, [])

    created = scim.post("/Users", MORPHEUS)
    assert created.status_code == 201
    user_id = created.document["id"]
    assert created["Location"].endswith(f"/v1/scim/{organization.pk}/Users/{user_id}")

    # Lookups by both matching attributes, the name in a different case.
    for text in ('userName eq "MORPHEUS@zion.example"', f'externalId eq "{OBJECT_ID}"'):
        assert [user["id"] for user in scim.get(f"/Users?filter={text}").document["Resources"]] == [user_id]

    updated = scim.patch(
        f"/Users/{user_id}",
        {"op": "Add", "path": f"{factories.ENTERPRISE}:department", "value": "Operations"},
        {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "captain@zion.example"},
    )
    assert updated.document[factories.ENTERPRISE]["department"] == "Operations"
    assert updated.document["emails"][0]["value"] == "captain@zion.example"

    from controlhub.models import User

    _, secret = factories.make_token(organization, user=User.objects.get(pk=user_id))
    own = ScimClient(organization, secret)
    assert own.get("/Me").document["id"] == user_id

    # Soft delete, renamed first: the next request with the person's own token is refused.
    assert scim.patch(f"/Users/{user_id}", RENAME).document["userName"] == TOMBSTONE
    assert scim.patch(f"/Users/{user_id}", DISABLE).document["active"] is False
    assert own.get("/Me").status_code == 401
    assert scim.get(f"/Users/{user_id}").document["userName"] == TOMBSTONE

    # Recovery restores the original name. The token stays revoked.
    recovered = scim.patch(f"/Users/{user_id}", ENABLE)
    assert (recovered.document["userName"], recovered.document["active"]) == ("Morpheus@Zion.example", True)
    assert own.get("/Me").status_code == 401

    # Soft delete again, in the opposite order.
    assert scim.patch(f"/Users/{user_id}", DISABLE).status_code == 200
    assert scim.patch(f"/Users/{user_id}", RENAME).status_code == 200

    at(days=29, hours=23)
    assert purge_users() == 0
    assert scim.get(f"/Users/{user_id}").status_code == 200
    at(days=30, minutes=1)
    assert purge_users() == 1
    gone = scim.get(f"/Users/{user_id}")
    assert (gone.status_code, gone.document["status"]) == (404, "404")

    again = scim.post("/Users", MORPHEUS)
    assert again.status_code == 201
    assert again.document["id"] != user_id

    by_client = [
        ("Account Provisioning", "UserManagement", activity)
        for activity in (
            "Add user",
            "Update user",
            "Update user",
            "Delete user",
            "Restore user",
            "Disable account",
            "Delete user",
        )
    ]
    assert story(organization, user_id) == [*by_client, ("Core Directory", "UserManagement", "Hard Delete user")]
    deleted = AuditEvent.objects.about(user_id).filter(activity="Delete user").order_by("created_at").first()
    assert deleted.details["revoked"] == {"tokens": 1, "sessions": 0, "invitations": 0}


def test_soft_delete_and_rename_in_one_request_delete_the_user(organization, scim):
    user_id = scim.post("/Users", MORPHEUS).document["id"]
    scim.patch(f"/Users/{user_id}", DISABLE, RENAME)
    assert story(organization, user_id)[-1][2] == "Delete user"
    assert scim.post("/Users", MORPHEUS).status_code == 201, "the name is free while the old user is a tombstone"
    refused = scim.patch(f"/Users/{user_id}", ENABLE)
    assert (refused.status_code, refused.document["scimType"]) == (409, "uniqueness")
    assert "taken" in refused.document["detail"]
    freed = scim.patch(
        f"/Users/{user_id}", {"op": "replace", "value": {"userName": "morpheus2@zion.example", "active": True}}
    )
    assert (freed.status_code, freed.document["userName"]) == (200, "morpheus2@zion.example")


def test_post_with_the_name_of_an_inactive_user_revives_it(organization, scim):
    user_id = scim.post("/Users", MORPHEUS).document["id"]
    scim.patch(f"/Users/{user_id}", DISABLE)
    revived = scim.post("/Users", {**MORPHEUS, "displayName": "The Captain"})
    assert (revived.status_code, revived.document["id"]) == (201, user_id)
    assert (revived.document["active"], revived.document["displayName"]) == (True, "The Captain")


def test_post_with_the_name_of_an_inactive_user_gets_409_if_revival_is_disabled(organization, scim):
    organization.revive_on_create = False
    organization.save(update_fields=["revive_on_create"])
    user_id = scim.post("/Users", MORPHEUS).document["id"]
    scim.patch(f"/Users/{user_id}", DISABLE)
    assert scim.post("/Users", MORPHEUS).status_code == 409
