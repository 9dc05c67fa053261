"""PATCH: the examples in RFC 7644 §3.5.2, and operations that identity providers actually send."""

import pytest

from scim.protocol.errors import InvalidPath, InvalidSyntax, InvalidValue, Mutability, NoTarget, ScimError
from scim.protocol.leniency import Leniency, Tolerance
from scim.protocol.messages import parse_patch
from scim.protocol.patch import apply
from scim.protocol.resource_types import USER_RESOURCE

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
WORK = {"value": "work@example.com", "type": "work", "primary": True}
HOME = {"value": "home@example.com", "type": "home"}
BARBARA = {
    "schemas": [USER],
    "userName": "bjensen",
    "active": True,
    "name": {"familyName": "Jensen"},
    "emails": [WORK, HOME],
}


def patched(*operations):
    leniency = Leniency()
    result = apply(
        parse_patch({"schemas": [PATCH_OP], "Operations": list(operations)}, leniency), BARBARA, USER_RESOURCE, leniency
    )
    return result.document, leniency.used


def only(**changes):
    return {key: value for key, value in {**BARBARA, **changes}.items() if value is not None}


CASES = {
    "remove a value that says nothing": ({"op": "remove", "path": "emails", "value": [{}]}, BARBARA),
    "remove by value and type": (
        {"op": "remove", "path": "emails", "value": [{"value": WORK["value"], "type": "home"}, HOME]},
        only(emails=[WORK]),
    ),
    "remove by what a value without `value` says": (
        {"op": "remove", "path": "emails", "value": [{"type": "home"}, {"type": "work", "primary": False}]},
        only(emails=[WORK]),
    ),
    "add a single value": ({"op": "add", "path": "title", "value": "Guide"}, only(title="Guide")),
    "add without path": ({"op": "add", "value": {"title": "Guide"}}, only(title="Guide")),
    "add appends": (
        {"op": "add", "path": "emails", "value": [{"value": "x@example.com"}]},
        only(emails=[WORK, HOME, {"value": "x@example.com"}]),
    ),
    "add what is there": ({"op": "add", "path": "emails", "value": [HOME]}, BARBARA),
    "add a sub-attribute": (
        {"op": "add", "path": "name.givenName", "value": "Barbara"},
        only(name={"familyName": "Jensen", "givenName": "Barbara"}),
    ),
    "a new primary ends the old one": (
        {"op": "add", "path": "emails", "value": [{"value": "x@example.com", "primary": True}]},
        only(emails=[{**WORK, "primary": False}, HOME, {"value": "x@example.com", "primary": True}]),
    ),
    "replace in a filtered element": (
        {"op": "replace", "path": 'emails[type eq "work"].value', "value": "new@example.com"},
        only(emails=[{**WORK, "value": "new@example.com"}, HOME]),
    ),
    "replace all": ({"op": "replace", "path": "emails", "value": [HOME]}, only(emails=[HOME])),
    "replace merges a complex attribute": (
        {"op": "replace", "path": "name", "value": {"givenName": "Barbara"}},
        only(name={"familyName": "Jensen", "givenName": "Barbara"}),
    ),
    "remove an attribute": ({"op": "remove", "path": "emails"}, only(emails=None)),
    "remove an element": ({"op": "remove", "path": 'emails[type eq "work"]'}, only(emails=[HOME])),
    "remove a sub-attribute": ({"op": "remove", "path": "name.familyName"}, only(name=None)),
    "remove what is not there": ({"op": "remove", "path": "title"}, BARBARA),
    "an extension by its URN": (
        {"op": "add", "path": f"{ENTERPRISE}:department", "value": "Tours"},
        only(schemas=[USER, ENTERPRISE], **{ENTERPRISE: {"department": "Tours"}}),
    ),
    "dotted keys without path (Entra)": (
        {"op": "replace", "value": {"name.givenName": "Barbara", f"{ENTERPRISE}:department": "Tours"}},
        only(
            schemas=[USER, ENTERPRISE],
            name={"familyName": "Jensen", "givenName": "Barbara"},
            **{ENTERPRISE: {"department": "Tours"}},
        ),
    ),
    "a filter that matches nothing makes the element (Entra)": (
        {"op": "add", "path": 'phoneNumbers[type eq "work"].value', "value": "+47 22"},
        only(phoneNumbers=[{"type": "work", "value": "+47 22"}]),
    ),
    "a manager as text (Entra)": (
        {"op": "add", "path": f"{ENTERPRISE}:manager", "value": "26118915"},
        only(schemas=[USER, ENTERPRISE], **{ENTERPRISE: {"manager": {"value": "26118915"}}}),
    ),
    "remove a single value by naming it": (
        {"op": "remove", "path": "name", "value": {"familyName": "X"}},
        only(name=None),
    ),
    "remove part of a single value that a filter names": (
        {"op": "remove", "path": 'name[familyName eq "Jensen"].familyName'},
        only(name=None),
    ),
    "remove part of a single value that a filter does not name": (
        {"op": "remove", "path": 'name[familyName eq "Smith"].familyName'},
        BARBARA,
    ),
    "replace a single value that a filter names with nothing": (
        {"op": "replace", "path": 'name[familyName eq "Jensen"]', "value": None},
        only(name=None),
    ),
    "an element without its value goes": (
        {"op": "remove", "path": 'emails[type eq "home"].value'},
        only(emails=[WORK]),
    ),
    "part of elements that are not there makes one": (
        {"op": "add", "path": "phoneNumbers.value", "value": "+47 22"},
        only(phoneNumbers=[{"value": "+47 22"}]),
    ),
    "remove elements that are given as text": (
        {"op": "remove", "path": 'emails[type eq "home"]', "value": "home@example.com"},
        only(emails=[WORK]),
    ),
    "schemas in a value without path": (
        {"op": "add", "value": {"schemas": [USER], "title": "Guide"}},
        only(title="Guide"),
    ),
    "an extension by its name in a value": (
        {"op": "add", "path": ENTERPRISE, "value": {"department": "Tours"}},
        only(schemas=[USER, ENTERPRISE], **{ENTERPRISE: {"department": "Tours"}}),
    ),
    "attribute names in any case": (
        {"op": "replace", "path": "DISPLAYNAME", "value": "Babs"},
        only(displayName="Babs"),
    ),
}


@pytest.mark.parametrize(("operation", "expected"), CASES.values(), ids=CASES)
def test_operation_has_the_expected_result(operation, expected):
    document, _ = patched(operation)
    assert document == expected


REFUSED = {
    "no target": ({"op": "remove"}, NoTarget),
    "malformed path": ({"op": "replace", "path": "emails[", "value": 1}, InvalidPath),
    "unknown attribute": ({"op": "replace", "path": "favourite", "value": "x"}, InvalidPath),
    "a type that is wrong": ({"op": "replace", "path": "active", "value": {"x": 1}}, InvalidValue),
    "what is read only": ({"op": "replace", "path": "id", "value": "x"}, Mutability),
    "two elements for one that a filter names": (
        {"op": "replace", "path": 'emails[type eq "work"]', "value": [HOME, WORK]},
        InvalidValue,
    ),
    "a filter on a part that is not there": (
        {"op": "add", "path": 'emails[colour eq "red"].value', "value": "x"},
        ScimError,
    ),
    "a filter that a single value does not match": (
        {"op": "replace", "path": 'name[familyName eq "Smith"].givenName', "value": "x"},
        NoTarget,
    ),
    "a part that is read only": (
        {"op": "replace", "path": f'{ENTERPRISE}:manager[value eq "1"].displayName', "value": "x"},
        Mutability,
    ),
    "a part that does not exist": (
        {"op": "replace", "path": 'emails[type eq "work"].colour', "value": "x"},
        InvalidPath,
    ),
    "text in place of an extension": ({"op": "add", "path": ENTERPRISE, "value": "x"}, InvalidValue),
    "text without path": ({"op": "add", "value": "x"}, InvalidValue),
    "what is required": ({"op": "remove", "path": "userName"}, ScimError),
    "unknown op": ({"op": "move", "path": "title", "value": "x"}, InvalidSyntax),
    "a value that is missing": ({"op": "add", "path": "title"}, ScimError),
}


@pytest.mark.parametrize(("operation", "error"), REFUSED.values(), ids=REFUSED)
def test_invalid_operation_is_refused(operation, error):
    with pytest.raises(error):
        patched(operation)


def test_original_document_is_not_modified():
    before = repr(BARBARA)
    patched({"op": "replace", "path": 'emails[type eq "work"].value', "value": "x"}, {"op": "remove", "path": "name"})
    assert repr(BARBARA) == before


def test_tolerances_are_recorded():
    document, used = patched({"op": "Replace", "path": "active", "value": "False"})
    assert document["active"] is False
    assert {Tolerance.OPERATION_CASE, Tolerance.BOOLEAN_AS_STRING} <= used
    _, used = patched({"op": "replace", "path": "active", "value": False})
    assert used == set()


@pytest.mark.parametrize(
    ("value", "then"),
    [
        ({"emails": [{"type": "home", "value": "a@example.com"}]}, ('emails[type eq "home"].value', "b@example.com")),
        ({"name": {"givenName": "A", "familyName": "C"}}, ("name.givenName", "B")),
        ({ENTERPRISE: {"department": "A", "manager": {"value": "1"}}}, (f"{ENTERPRISE}:department", "B")),
    ],
)
def test_operations_can_be_applied_again(value, then):
    """A writer that lost a race applies them a second time, so the first application must not modify them."""
    path, new = then
    changes = [{"op": "add", "value": value}, {"op": "replace", "path": path, "value": new}]
    operations = parse_patch({"schemas": [PATCH_OP], "Operations": changes}, Leniency())
    before = repr(operations)
    first = apply(operations, {"userName": "a@example.com"}, USER_RESOURCE, Leniency())
    assert repr(operations) == before
    assert apply(operations, {"userName": "a@example.com"}, USER_RESOURCE, Leniency()) == first
