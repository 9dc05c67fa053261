"""Okta, with updates by PUT and deactivation by PATCH. Okta deactivates users and never deletes them."""

from typing import Any

from controlhub.actions.self_tests.client_requests import GROUP, USER, ClientRequest, Conversation, by_name, patch
from controlhub.models.self_tests import StepName

PAGE = {"startIndex": "1", "count": "100"}
MEMBER = {"value": "${id}", "display": "${user_name}"}


def profile(family_name: str, **more: Any) -> dict[str, Any]:
    """Returns the whole user, as Okta sends it."""
    return {
        "schemas": [USER],
        "userName": "${user_name}",
        "name": {"givenName": "Control Hub", "familyName": family_name},
        "emails": [{"primary": True, "value": "${user_name}", "type": "work"}],
        "displayName": "Control Hub self-test",
        "locale": "en-US",
        "externalId": "${external_id}",
        "groups": [],
        "active": True,
        **more,
    }


CONVERSATION = Conversation(
    "https://developer.okta.com/docs/api/openapi/okta-scim/guides/scim-20/",
    (
        ClientRequest(
            StepName.LOOK_UP_USER,
            "GET",
            "/Users",
            query={**by_name("userName", "${user_name}"), **PAGE},
            expect={"totalResults": 0, "startIndex": 1, "itemsPerPage": 0},
        ),
        ClientRequest(
            StepName.CREATE_USER,
            "POST",
            "/Users",
            body=profile("Self-test"),
            status=201,
            expect={"userName": "${user_name}", "active": True},
            save={"id": "id"},
        ),
        ClientRequest(
            StepName.READ_USER,
            "GET",
            "/Users/${id}",
            expect={"name.familyName": "Self-test", "externalId": "${external_id}"},
        ),
        ClientRequest(
            StepName.UPDATE_USER,
            "PUT",
            "/Users/${id}",
            body=profile("Renamed", id="${id}", meta={"resourceType": "User"}),
            expect={"name.familyName": "Renamed"},
        ),
        ClientRequest(
            StepName.CREATE_GROUP,
            "POST",
            "/Groups",
            body={"schemas": [GROUP], "displayName": "${group_name}", "members": []},
            status=201,
            expect={"displayName": "${group_name}"},
            save={"group": "id"},
        ),
        ClientRequest(
            StepName.ADD_MEMBER,
            "PATCH",
            "/Groups/${group}",
            body=patch({"op": "add", "path": "members", "value": [MEMBER]}),
            expect={"members.0.value": "${id}"},
        ),
        ClientRequest(
            StepName.RENAME_GROUP,
            "PATCH",
            "/Groups/${group}",
            body=patch({"op": "replace", "value": {"id": "${group}", "displayName": "${group_name}, renamed"}}),
            expect={"displayName": "${group_name}, renamed", "members.0.value": "${id}"},
        ),
        ClientRequest(StepName.READ_GROUP, "GET", "/Groups/${group}", expect={"members.0.value": "${id}"}),
        ClientRequest(
            StepName.REMOVE_MEMBER,
            "PATCH",
            "/Groups/${group}",
            body=patch({"op": "remove", "path": 'members[value eq "${id}"]'}),
            absent=("members",),
        ),
        ClientRequest(
            StepName.DEACTIVATE_USER,
            "PATCH",
            "/Users/${id}",
            body=patch({"op": "replace", "value": {"active": False}}),
            expect={"active": False},
        ),
        ClientRequest(
            StepName.FIND_INACTIVE,
            "GET",
            "/Users",
            query={**by_name("userName", "${user_name}"), **PAGE},
            expect={"totalResults": 1, "Resources.0.id": "${id}", "Resources.0.active": False},
        ),
        ClientRequest(
            StepName.RECREATE_USER,
            "POST",
            "/Users",
            body=profile("Self-test"),
            status=201,
            expect={"id": "${id}", "active": True},
        ),
        ClientRequest(StepName.DELETE_GROUP, "DELETE", "/Groups/${group}", status=204),
    ),
)
