"""OneLogin: the requests of its documentation, in that order; users by PUT, groups by PATCH."""

from controlhub.actions.self_tests.client_requests import ClientRequest, Conversation, by_name
from controlhub.actions.self_tests.conversations.generic import (
    CREATED,
    DEACTIVATED,
    DELETED,
    GONE,
    GROUP_CREATED,
    GROUP_DELETED,
    MEMBER_ADDED,
    MEMBER_REMOVED,
    NOBODY_FOUND,
    REACTIVATED,
    READ,
    REPLACED,
)
from controlhub.models.self_tests import StepName

CONVERSATION = Conversation(
    "https://developers.onelogin.com/scim/implement-scim-api",
    (
        ClientRequest(
            StepName.TEST_CONNECTION,
            "GET",
            "/Users",
            query=by_name("userName", "${nobody}"),
            expect={"totalResults": 0},
        ),
        NOBODY_FOUND,
        CREATED,
        READ,
        REPLACED,
        ClientRequest(
            StepName.TEST_GROUPS,
            "GET",
            "/Groups",
            query=by_name("displayName", "${group_name}"),
            expect={"totalResults": 0},
        ),
        GROUP_CREATED,
        MEMBER_ADDED,
        MEMBER_REMOVED,
        DEACTIVATED,
        REACTIVATED,
        DELETED,
        GONE,
        GROUP_DELETED,
    ),
    content_type="application/json",
)
