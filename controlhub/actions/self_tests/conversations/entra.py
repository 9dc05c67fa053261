"""Microsoft Entra ID without its compatibility flag: capitalized operations, Booleans as strings."""

from controlhub.actions.self_tests.client_requests import (
    ENTERPRISE,
    GROUP,
    USER,
    ClientRequest,
    Conversation,
    by_name,
    patch,
)
from controlhub.models.self_tests import StepName

ENTRA_GROUP = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"


def replace(path: str, value: str) -> dict[str, str]:
    return {"op": "Replace", "path": path, "value": value}


CONVERSATION = Conversation(
    "https://learn.microsoft.com/entra/identity/app-provisioning/use-scim-to-provision-users-and-groups",
    (
        ClientRequest(
            StepName.TEST_CONNECTION,
            "GET",
            "/Users",
            query=by_name("userName", "${nobody}"),
            expect={"totalResults": 0},
        ),
        ClientRequest(
            StepName.LOOK_UP_USER,
            "GET",
            "/Users",
            query=by_name("userName", "${user_name}"),
            expect={"totalResults": 0},
        ),
        ClientRequest(
            StepName.CREATE_USER,
            "POST",
            "/Users",
            body={
                "schemas": [USER, ENTERPRISE],
                "externalId": "${external_id}",
                "userName": "${user_name}",
                "active": True,
                "displayName": "Control Hub self-test",
                "emails": [{"primary": True, "type": "work", "value": "${user_name}"}],
                "meta": {"resourceType": "User"},
                "name": {"formatted": "Control Hub self-test", "familyName": "Self-test", "givenName": "Control Hub"},
                ENTERPRISE: {"department": "Self-test"},
            },
            status=201,
            expect={"userName": "${user_name}", "active": True, "emails.0.value": "${user_name}"},
            save={"id": "id"},
        ),
        ClientRequest(
            StepName.FIND_USER,
            "GET",
            "/Users",
            query=by_name("externalId", "${external_id}"),
            expect={"totalResults": 1, "Resources.0.id": "${id}"},
        ),
        ClientRequest(
            StepName.READ_USER, "GET", "/Users/${id}", expect={"displayName": "Control Hub self-test", "active": True}
        ),
        ClientRequest(
            StepName.UPDATE_USER,
            "PATCH",
            "/Users/${id}",
            body=patch(
                replace("displayName", "Control Hub self-test, renamed"),
                replace("name.familyName", "Renamed"),
                replace(f"{ENTERPRISE}:department", "Renamed"),
                replace('emails[type eq "work"].value', "${new_user_name}"),
                {"op": "Add", "path": 'phoneNumbers[type eq "mobile"].value', "value": "+1 555 0100"},
                {"op": "Add", "path": f"{ENTERPRISE}:manager", "value": "${id}"},
            ),
            expect={
                "displayName": "Control Hub self-test, renamed",
                "name.familyName": "Renamed",
                f"{ENTERPRISE}|department": "Renamed",
                "emails.0.value": "${new_user_name}",
                "phoneNumbers.0.type": "mobile",
                f"{ENTERPRISE}|manager|value": "${id}",
            },
        ),
        ClientRequest(
            StepName.TEST_GROUPS,
            "GET",
            "/Groups",
            query={**by_name("displayName", "${nobody}"), "excludedAttributes": "members"},
            expect={"totalResults": 0},
        ),
        ClientRequest(
            StepName.CREATE_GROUP,
            "POST",
            "/Groups",
            body={
                "schemas": [GROUP, ENTRA_GROUP],
                "externalId": "${group_external_id}",
                "displayName": "${group_name}",
                "meta": {"resourceType": "Group"},
            },
            status=201,
            expect={"displayName": "${group_name}"},
            save={"group": "id"},
        ),
        ClientRequest(
            StepName.READ_GROUP,
            "GET",
            "/Groups/${group}",
            query={"excludedAttributes": "members"},
            expect={"displayName": "${group_name}"},
            absent=("members",),
        ),
        ClientRequest(
            StepName.ADD_MEMBER,
            "PATCH",
            "/Groups/${group}",
            body=patch({"op": "Add", "path": "members", "value": [{"$ref": None, "value": "${id}"}]}),
            expect={"members.0.value": "${id}"},
        ),
        ClientRequest(
            StepName.REMOVE_MEMBER,
            "PATCH",
            "/Groups/${group}",
            body=patch({"op": "Remove", "path": "members", "value": [{"$ref": None, "value": "${id}"}]}),
            absent=("members",),
        ),
        ClientRequest(
            StepName.RENAME_GROUP,
            "PATCH",
            "/Groups/${group}",
            body=patch(replace("displayName", "${group_name}, renamed")),
            expect={"displayName": "${group_name}, renamed"},
        ),
        ClientRequest(
            StepName.DEACTIVATE_USER,
            "PATCH",
            "/Users/${id}",
            body=patch(replace("active", "False")),
            expect={"active": False},
        ),
        ClientRequest(
            StepName.FIND_INACTIVE,
            "GET",
            "/Users",
            query=by_name("userName", "${user_name}"),
            expect={"totalResults": 1, "Resources.0.active": False},
        ),
        ClientRequest(
            StepName.REACTIVATE_USER,
            "PATCH",
            "/Users/${id}",
            body=patch(replace("active", "True")),
            expect={"active": True},
        ),
        ClientRequest(
            StepName.SOFT_DELETE,
            "PATCH",
            "/Users/${id}",
            body=patch(replace("userName", "${tombstone}"), replace("active", "False")),
            expect={"active": False},
        ),
        ClientRequest(
            StepName.RESTORE_USER,
            "PATCH",
            "/Users/${id}",
            body=patch(replace("userName", "${user_name}"), replace("active", "True")),
            expect={"active": True, "userName": "${user_name}"},
        ),
        ClientRequest(StepName.DELETE_USER, "DELETE", "/Users/${id}", status=204),
        ClientRequest(StepName.USER_IS_GONE, "DELETE", "/Users/${id}", status=404),
        ClientRequest(StepName.DELETE_GROUP, "DELETE", "/Groups/${group}", status=204),
    ),
)
