"""Any other client: requests exactly as in the examples of RFC 7644."""

from controlhub.actions.self_tests.client_requests import GROUP, USER, ClientRequest, Conversation, by_name, patch
from controlhub.models.self_tests import StepName

PERSON = {
    "schemas": [USER],
    "externalId": "${external_id}",
    "userName": "${user_name}",
    "active": True,
    "name": {"givenName": "Control Hub", "familyName": "Self-test"},
    "emails": [{"primary": True, "type": "work", "value": "${user_name}"}],
}
NOBODY_FOUND = ClientRequest(
    StepName.LOOK_UP_USER, "GET", "/Users", query=by_name("userName", "${user_name}"), expect={"totalResults": 0}
)
CREATED = ClientRequest(
    StepName.CREATE_USER,
    "POST",
    "/Users",
    body=PERSON,
    status=201,
    expect={"userName": "${user_name}", "active": True},
    save={"id": "id"},
)
READ = ClientRequest(StepName.READ_USER, "GET", "/Users/${id}", expect={"userName": "${user_name}"})
REPLACED = ClientRequest(
    StepName.UPDATE_USER,
    "PUT",
    "/Users/${id}",
    body={**PERSON, "name": {"givenName": "Control Hub", "familyName": "Renamed"}},
    expect={"name.familyName": "Renamed"},
)
DEACTIVATED = ClientRequest(
    StepName.DEACTIVATE_USER, "PUT", "/Users/${id}", body={**PERSON, "active": False}, expect={"active": False}
)
REACTIVATED = ClientRequest(StepName.REACTIVATE_USER, "PUT", "/Users/${id}", body=PERSON, expect={"active": True})
DELETED = ClientRequest(StepName.DELETE_USER, "DELETE", "/Users/${id}", status=204)
GONE = ClientRequest(StepName.USER_IS_GONE, "GET", "/Users/${id}", status=404)
GROUP_CREATED = ClientRequest(
    StepName.CREATE_GROUP,
    "POST",
    "/Groups",
    body={"schemas": [GROUP], "displayName": "${group_name}"},
    status=201,
    expect={"displayName": "${group_name}"},
    save={"group": "id"},
)
MEMBER_ADDED = ClientRequest(
    StepName.ADD_MEMBER,
    "PATCH",
    "/Groups/${group}",
    body=patch({"op": "add", "path": "members", "value": [{"value": "${id}"}]}),
    expect={"members.0.value": "${id}"},
)
MEMBER_REMOVED = ClientRequest(
    StepName.REMOVE_MEMBER,
    "PATCH",
    "/Groups/${group}",
    body=patch({"op": "remove", "path": 'members[value eq "${id}"]'}),
    absent=("members",),
)
GROUP_RENAMED = ClientRequest(
    StepName.RENAME_GROUP,
    "PATCH",
    "/Groups/${group}",
    body=patch({"op": "replace", "path": "displayName", "value": "${group_name}, renamed"}),
    expect={"displayName": "${group_name}, renamed"},
)
GROUP_DELETED = ClientRequest(StepName.DELETE_GROUP, "DELETE", "/Groups/${group}", status=204)

CONVERSATION = Conversation(
    "https://www.rfc-editor.org/rfc/rfc7644",
    (
        ClientRequest(StepName.READ_CONFIG, "GET", "/ServiceProviderConfig", expect={"patch.supported": True}),
        NOBODY_FOUND,
        CREATED,
        READ,
        ClientRequest(
            StepName.UPDATE_USER,
            "PATCH",
            "/Users/${id}",
            body=patch({"op": "replace", "path": "name.familyName", "value": "Renamed"}),
            expect={"name.familyName": "Renamed"},
        ),
        GROUP_CREATED,
        MEMBER_ADDED,
        GROUP_RENAMED,
        MEMBER_REMOVED,
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
)
