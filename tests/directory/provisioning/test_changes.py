"""Changes: which owned values differ, and the requests that apply the differences."""

from datetime import UTC, datetime

import pytest

from directory.provisioning.changes import Change, Dialect, apply, diff, patch, put
from directory.provisioning.expressions import Context
from directory.provisioning.mapping import AttributeMapping, build
from scim.protocol import urns

CONTEXT = Context(datetime(2026, 11, 27, tzinfo=UTC), b"seed", references={"m-1": "remote-1"})
ENTERPRISE = urns.ENTERPRISE_USER
WORK = 'emails[type eq "work"].value'
MAPPINGS = [
    AttributeMapping("userName", value="userPrincipalName", matching=1),
    AttributeMapping("active", "expression", "Not([IsSoftDeleted])"),
    AttributeMapping("displayName", value="displayName"),
    AttributeMapping(WORK, value="mail"),
    AttributeMapping("name.givenName", value="givenName"),
    AttributeMapping("title", value="jobTitle", when="create"),
    AttributeMapping(f"{ENTERPRISE}:department", value="department"),
    AttributeMapping(f"{ENTERPRISE}:manager", value="manager"),
    AttributeMapping("password", "expression", "RandomString(12,2,2,2,2)"),
]
ANNA = {
    "userPrincipalName": "anna@example.com",
    "IsSoftDeleted": False,
    "displayName": "Anna Berg",
    "mail": "anna@example.com",
    "givenName": "Anna",
    "department": "R&D",
    "manager": "m-1",
}
REMOTE = {
    "schemas": [urns.CORE_USER, ENTERPRISE],
    "id": "1",
    "meta": {"resourceType": "User"},
    "USERNAME": "anna@example.com",
    "active": "true",
    "displayName": "Anna Berg",
    "nickName": "Annie",
    "emails": [{"value": "home@example.com", "type": "home"}, {"value": "anna@example.com", "type": "Work"}],
    "name": {"givenName": "Anna", "familyName": "Berg", "formatted": "Anna Berg"},
    ENTERPRISE: {"department": "R&D", "manager": {"value": "remote-1", "$ref": "../Users/remote-1"}},
}


def changes(source, remote=REMOTE, mappings=MAPPINGS, **options):
    return diff(mappings, build(mappings, source, CONTEXT, creating=False), remote, **options)


def test_only_owned_values_are_compared():
    assert changes(ANNA) == []


def test_differences_are_found():
    source = ANNA | {"IsSoftDeleted": True, "mail": "a.berg@example.com", "department": None, "manager": "m-2"}
    assert changes(source) == [
        Change("replace", "active", False, "true"),
        Change("replace", WORK, "a.berg@example.com", "anna@example.com"),
    ]
    assert changes(source, removes_empty=True)[-1] == Change("remove", f"{ENTERPRISE}:department", None, "R&D")


def test_required_value_is_never_removed():
    assert changes(ANNA | {"userPrincipalName": ""}, removes_empty=True) == []


def test_value_with_different_case_is_the_same_if_the_mapping_says_so():
    exact, loose = AttributeMapping("userName", value="a"), AttributeMapping("userName", value="a", case_exact=False)
    assert changes({"a": "ANNA"}, {"userName": "anna"}, [exact]) == [Change("replace", "userName", "ANNA", "anna")]
    assert changes({"a": "ANNA"}, {"userName": "anna"}, [loose]) == []


def roles(function, assigned):
    mapping = AttributeMapping("roles", "expression", f"{function}([appRoleAssignments])")
    remote = {
        "roles": [{"value": "old", "primary": False, "type": "WindowsAzureActiveDirectoryRole", "display": "old"}]
    }
    return changes({"appRoleAssignments": assigned}, remote, [mapping])


def test_roles_are_added_or_replaced_depending_on_the_function():
    (added,) = roles("AppRoleAssignmentsComplex", ["new"])
    assert added.operation == "add"
    assert [role["value"] for role in added.new] == ["new"]
    (replaced,) = roles("AssertiveAppRoleAssignmentsComplex", ["new"])
    assert replaced.operation == "replace"
    assert roles("AppRoleAssignmentsComplex", ["old"]) == []
    assert roles("AssertiveAppRoleAssignmentsComplex", ["old"]) == []


# The samples in entra-docs, application-provisioning-config-problem-scim-compatibility.
DISABLED = [Change("replace", "active", False, True)]
NICK_NAME = [Change("add", "nickName", "Babs")]
SEVERAL = [
    Change("replace", "displayName", "Pvlo", "x"),
    Change("replace", WORK, "TestBcwqnm@test.microsoft.com", "x"),
    Change("replace", "name.givenName", "Gtfd", "x"),
    Change("replace", f"{ENTERPRISE}:employeeNumber", "Eqpj", "x"),
]
MANAGER = [Change("add", f"{ENTERPRISE}:manager", {"value": "remote-1"})]


@pytest.mark.parametrize(
    ("sent", "dialect", "expected"),
    [
        (DISABLED, Dialect.ENTRA, [{"op": "Replace", "path": "active", "value": "False"}]),
        (DISABLED, Dialect.AAD_OPT, [{"op": "replace", "path": "active", "value": False}]),
        (NICK_NAME, Dialect.ENTRA, [{"op": "Add", "path": "nickName", "value": "Babs"}]),
        (NICK_NAME, Dialect.AAD_OPT, [{"op": "add", "path": "nickName", "value": "Babs"}]),
        (SEVERAL, Dialect.ENTRA, [{"op": "Replace", "path": each.path, "value": each.new} for each in SEVERAL]),
        (
            SEVERAL,
            Dialect.AAD_OPT,
            [
                {"op": "replace", "path": WORK, "value": "TestBcwqnm@test.microsoft.com"},
                {
                    "op": "replace",
                    "value": {
                        "displayName": "Pvlo",
                        "name.givenName": "Gtfd",
                        f"{ENTERPRISE}:employeeNumber": "Eqpj",
                    },
                },
            ],
        ),
        (MANAGER, Dialect.ENTRA, [{"op": "Add", "path": f"{ENTERPRISE}:manager", "value": "remote-1"}]),
        (MANAGER, Dialect.AAD_OPT, [{"op": "add", "path": f"{ENTERPRISE}:manager", "value": "remote-1"}]),
        (MANAGER, Dialect.RFC, [{"op": "add", "path": f"{ENTERPRISE}:manager", "value": {"value": "remote-1"}}]),
        (
            [
                Change("add", WORK, "a@b.c", makes_element=True),
                Change("add", 'emails[type eq "work"].primary', True, makes_element=True),
            ],
            Dialect.RFC,
            [{"op": "add", "path": "emails", "value": [{"type": "work", "value": "a@b.c", "primary": True}]}],
        ),
        ([Change("remove", "title", None, "x")], Dialect.ENTRA, [{"op": "Remove", "path": "title"}]),
        ([Change("remove", "title", None, "x")], Dialect.AAD_OPT, [{"op": "remove", "path": "title"}]),
    ],
)
def test_patch_has_the_form_of_each_dialect(sent, dialect, expected):
    assert patch(sent, dialect) == {"schemas": [urns.PATCH_OP], "Operations": expected}


def test_put_keeps_values_that_are_not_owned_and_lists_extensions():
    remote = {name: value for name, value in REMOTE.items() if name != ENTERPRISE} | {"schemas": [urns.CORE_USER]}
    sent = put(remote, changes(ANNA, remote))
    assert sent["nickName"] == "Annie"
    assert "meta" not in sent
    assert sent["schemas"] == [urns.CORE_USER, ENTERPRISE]
    assert sent[ENTERPRISE] == {"department": "R&D", "manager": {"value": "remote-1"}}


def test_applied_changes_leave_no_difference_and_can_be_reversed():
    source = ANNA | {"IsSoftDeleted": True, "mail": "b@example.com", "department": "", "givenName": "Ann"}
    found = changes(source, removes_empty=True)
    after = apply(REMOTE, found)
    assert changes(source, after, removes_empty=True) == []
    assert apply(after, [change.inverse() for change in reversed(found)]) == REMOTE


def test_change_survives_a_json_round_trip():
    for change in (*SEVERAL, *MANAGER, Change("add", WORK, "a@b.c", makes_element=True)):
        assert Change.from_json(change.to_json()) == change
