"""JumpCloud: one operation per attribute, members without a display name, and their removal by a list of values.

JumpCloud's page says what it creates and deletes. The form of its operations is taken from public tests of its
requests.
"""

from controlhub.actions.self_tests.client_requests import ClientRequest, Conversation, by_name, patch
from controlhub.actions.self_tests.conversations.generic import (
    CREATED,
    DELETED,
    GONE,
    GROUP_CREATED,
    GROUP_DELETED,
    GROUP_RENAMED,
    MEMBER_ADDED,
    NOBODY_FOUND,
    READ,
)
from controlhub.models.self_tests import StepName

CONVERSATION = Conversation(
    "https://jumpcloud.com/support/"
    "provision-and-manage-users-and-groups-in-apps-using-custom-scim-identity-management-integration",
    (
        NOBODY_FOUND,
        CREATED,
        READ,
        ClientRequest(
            StepName.UPDATE_USER,
            "PATCH",
            "/Users/${id}",
            body=patch(
                {"op": "replace", "path": "name.givenName", "value": "Renamed"},
                {"op": "replace", "path": "name.familyName", "value": "Renamed"},
            ),
            expect={"name.givenName": "Renamed", "name.familyName": "Renamed"},
        ),
        ClientRequest(
            StepName.TEST_GROUPS,
            "GET",
            "/Groups",
            query=by_name("displayName", "${group_name}"),
            expect={"totalResults": 0},
        ),
        GROUP_CREATED,
        MEMBER_ADDED,
        GROUP_RENAMED,
        ClientRequest(
            StepName.REMOVE_MEMBER,
            "PATCH",
            "/Groups/${group}",
            body=patch({"op": "remove", "path": "members", "value": [{"value": "${id}"}]}),
            absent=("members",),
        ),
        ClientRequest(
            StepName.DEACTIVATE_USER,
            "PATCH",
            "/Users/${id}",
            body=patch({"op": "replace", "path": "active", "value": False}),
            expect={"active": False},
        ),
        ClientRequest(
            StepName.REACTIVATE_USER,
            "PATCH",
            "/Users/${id}",
            body=patch({"op": "replace", "path": "active", "value": True}),
            expect={"active": True},
        ),
        DELETED,
        GONE,
        GROUP_DELETED,
    ),
    content_type="application/json",
)
