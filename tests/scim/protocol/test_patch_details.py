"""PATCH with minimal values: null, nothing, and values in addition to a filter; and the memberships of a group."""

import pytest

from scim.protocol.attribute_removal import said
from scim.protocol.errors import InvalidPath, InvalidSyntax, InvalidValue, Mutability, NoTarget
from scim.protocol.leniency import ALL, Leniency, Tolerance
from scim.protocol.messages import Op, parse_patch
from scim.protocol.patch import apply
from scim.protocol.resource_types import GROUP_RESOURCE, USER_RESOURCE
from scim.protocol.validate import MAX_VALUES

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
WORK = {"value": "work@example.com", "type": "work"}
HOME = {"value": "home@example.com", "type": "home"}
MANAGER = {"value": "1", "$ref": "../Users/1", "displayName": "Morpheus"}
NEO = {
    "schemas": [USER, ENTERPRISE],
    "userName": "neo",
    "title": "Guide",
    "name": {"givenName": "Thomas", "familyName": "Anderson"},
    "emails": [WORK, HOME],
    ENTERPRISE: {"manager": MANAGER, "department": "Tours"},
}


def patched(*operations, document=NEO, without=()):
    leniency = Leniency(ALL - set(without))
    parsed = parse_patch({"schemas": [PATCH_OP], "Operations": list(operations)}, leniency)
    return apply(parsed, document, USER_RESOURCE, leniency).document


def only(**changes):
    return {key: value for key, value in {**NEO, **changes}.items() if value is not None}


def enterprise(**changes):
    return only(**{ENTERPRISE: {key: value for key, value in {**NEO[ENTERPRISE], **changes}.items() if value}})


WORK_ONLY = 'emails[type eq "work"]'
CASES = {
    "add null": ({"op": "add", "path": "title", "value": None}, NEO),
    "replace with null": ({"op": "replace", "path": "title", "value": None}, only(title=None)),
    "add null to an extension": ({"op": "add", "path": ENTERPRISE, "value": None}, NEO),
    "remove an extension": ({"op": "remove", "path": ENTERPRISE}, only(schemas=[USER], **{ENTERPRISE: None})),
    "remove the rest of an extension": (
        {"op": "replace", "path": ENTERPRISE, "value": {"manager": None, "department": None}},
        only(schemas=[USER], **{ENTERPRISE: None}),
    ),
    "a dotted key in an extension": (
        {"op": "replace", "path": ENTERPRISE, "value": {"manager.value": "2"}},
        enterprise(manager={"value": "2"}),
    ),
    "remove a part of every element": (
        {"op": "remove", "path": "emails.type"},
        only(emails=[{"value": WORK["value"]}, {"value": HOME["value"]}]),
    ),
    "null for a part": (
        {"op": "replace", "path": "name", "value": {"givenName": None}},
        only(name={"familyName": "Anderson"}),
    ),
    "null for an unknown part": ({"op": "replace", "path": "name", "value": {"favourite": None}}, NEO),
    "blank elements only": ({"op": "replace", "path": "emails", "value": [{"type": "work"}]}, NEO),
    "a manager with another value": (
        {"op": "replace", "path": f"{ENTERPRISE}:manager.value", "value": "2"},
        enterprise(manager={"value": "2"}),
    ),
    "a manager without a value": (
        {"op": "replace", "path": f"{ENTERPRISE}:manager.value", "value": ""},
        enterprise(manager=None),
    ),
    "a manager that is blank": (
        {"op": "replace", "path": f"{ENTERPRISE}:manager", "value": {"value": ""}},
        enterprise(manager=None),
    ),
    "nothing for a part of every element": ({"op": "add", "path": "emails.display", "value": ""}, NEO),
    "a part of every element": (
        {"op": "replace", "path": "emails.display", "value": "x"},
        only(emails=[{**WORK, "display": "x"}, {**HOME, "display": "x"}]),
    ),
    "the value of every element goes": ({"op": "remove", "path": "emails.value"}, only(emails=None)),
    "a part of the elements that have this value": (
        {"op": "remove", "path": "emails.value", "value": "home@example.com"},
        only(emails=[WORK]),
    ),
    "part of an element that a filter names": (
        {"op": "remove", "path": f"{WORK_ONLY}.type"},
        only(emails=[{"value": WORK["value"]}, HOME]),
    ),
    "a filter with a negation": (
        {"op": "replace", "path": 'emails[type eq "work" and not (value sw "home")].value', "value": "x"},
        only(emails=[{**WORK, "value": "x"}, HOME]),
    ),
    "an empty value next to a filter": (
        {"op": "replace", "path": f"{WORK_ONLY}.value", "value": ""},
        only(emails=[HOME]),
    ),
    "add null next to a filter": ({"op": "add", "path": WORK_ONLY, "value": None}, NEO),
    "replace with null next to a filter": ({"op": "replace", "path": WORK_ONLY, "value": None}, only(emails=[HOME])),
    "a blank element next to a filter": ({"op": "replace", "path": WORK_ONLY, "value": {"value": ""}}, NEO),
    "an array of one next to a filter": (
        {"op": "replace", "path": WORK_ONLY, "value": [{"value": "x"}]},
        only(emails=[{"type": "work", "value": "x"}, HOME]),
    ),
    "a filter that finds nothing and a blank element": (
        {"op": "add", "path": 'phoneNumbers[type eq "work"]', "value": {"value": ""}},
        NEO,
    ),
    "a whole value next to a filter on one value": (
        {"op": "replace", "path": 'name[familyName eq "Anderson"]', "value": {"givenName": "Neo"}},
        only(name={"givenName": "Neo", "familyName": "Anderson"}),
    ),
    "add null next to a filter on one value": (
        {"op": "add", "path": 'name[familyName eq "Anderson"]', "value": None},
        NEO,
    ),
    "a part of one value that a filter names": (
        {"op": "replace", "path": 'name[familyName eq "Anderson"].givenName', "value": "Neo"},
        only(name={"givenName": "Neo", "familyName": "Anderson"}),
    ),
    "remove two elements by one array": (
        {"op": "remove", "path": "emails[value pr]", "value": [WORK, HOME]},
        only(emails=None),
    ),
    "remove one value that a filter does not name": (
        {"op": "remove", "path": 'name[familyName eq "Smith"]'},
        NEO,
    ),
    "remove one value that a filter names": (
        {"op": "remove", "path": 'name[familyName eq "Anderson"]'},
        only(name=None),
    ),
    "remove with the value that the filter names": (
        {"op": "remove", "path": f"{WORK_ONLY}.value", "value": "work@example.com"},
        only(emails=[HOME]),
    ),
    "remove what is not there with the value that the filter names": (
        {"op": "remove", "path": 'emails[type eq "other"]', "value": [{"type": "other"}]},
        NEO,
    ),
    "a read-only member of a value without path": ({"op": "add", "value": {"id": "x", "title": "Guide"}}, NEO),
}


@pytest.mark.parametrize(("operation", "expected"), CASES.values(), ids=CASES)
def test_operation_has_the_expected_result(operation, expected):
    assert patched(operation) == expected


def test_value_can_name_elements_by_other_parts_than_the_filter():
    emails = [{**WORK, "display": "x"}, {**HOME, "display": "x"}]
    named = [{"value": WORK["value"]}, {"value": HOME["value"]}]
    operation = {"op": "remove", "path": 'emails[display eq "x"]', "value": named}
    assert patched(operation, document=only(emails=emails)) == only(emails=None)


def test_keys_of_elements_are_hashable():
    assert said({"value": "a", "tags": ["b"]}, ("tags", "value")) == (("b",), "a")
    assert said({"type": "work"}, ()) == said({"type": "work"}, ()) != said({"type": "home"}, ())
    assert hash(said({"parts": {"a": ["b"]}}, ()))


REFUSED = {
    "a filter on a part": (
        {"op": "replace", "path": f'{USER}:emails.value[type eq "work"]', "value": "x"},
        InvalidPath,
        "is a sub-attribute and cannot have a value filter",
    ),
    "another value than the filter names": (
        {"op": "remove", "path": f"{WORK_ONLY}.value", "value": "x"},
        InvalidValue,
        "name different elements of 'emails'",
    ),
    "another element than the filter names": (
        {"op": "remove", "path": WORK_ONLY, "value": [HOME]},
        InvalidValue,
        "name different elements of 'emails'",
    ),
    "fewer elements than the filter names": (
        {"op": "remove", "path": "emails[value pr]", "value": [HOME]},
        InvalidValue,
        "matches elements of 'emails' that are not in 'value'",
    ),
    "a filter that says more than equality": (
        {"op": "add", "path": 'phoneNumbers[type sw "work"].value', "value": "1"},
        NoTarget,
        "No element of 'phoneNumbers' matches",
    ),
    "an unknown part in an alternative": (
        {"op": "remove", "path": 'emails[type eq "work" or colour eq "red"]'},
        InvalidPath,
        "no sub-attribute 'colour'",
    ),
    "an unknown part in a negation": (
        {"op": "remove", "path": 'emails[not (colour eq "red")]'},
        InvalidPath,
        "no sub-attribute 'colour'",
    ),
    "too many values": (
        {"op": "add", "path": "emails", "value": [{"value": str(n)} for n in range(MAX_VALUES)]},
        InvalidValue,
        "more than 1,000 values",
    ),
}


@pytest.mark.parametrize(("operation", "error", "message"), REFUSED.values(), ids=REFUSED)
def test_operation_is_refused_with_the_reason(operation, error, message):
    with pytest.raises(error) as refused:
        patched(operation)
    assert message in refused.value.detail


STRICT = {
    "a dot after a URN": (
        Tolerance.URN_WITH_DOT,
        {"op": "replace", "path": f"{USER}.title", "value": "x"},
        InvalidPath,
        "Put a colon",
    ),
    "an empty path": (
        Tolerance.EMPTY_PATH,
        {"op": "add", "path": " ", "value": {"title": "x"}},
        InvalidPath,
        "is empty",
    ),
    "an array of one next to a filter": (
        Tolerance.MANY_FOR_SINGLE,
        {"op": "replace", "path": WORK_ONLY, "value": [{"value": "x"}]},
        InvalidValue,
        "must be one value here, not an array",
    ),
}


@pytest.mark.parametrize(("tolerance", "operation", "error", "message"), STRICT.values(), ids=STRICT)
def test_form_without_its_tolerance_is_refused_with_the_reason(tolerance, operation, error, message):
    patched(operation)
    with pytest.raises(error) as refused:
        patched(operation, without={tolerance})
    assert message in refused.value.detail


MESSAGES = {
    "an array": ([], "The body must be a JSON object."),
    "no operations": ({"schemas": [PATCH_OP], "Operations": []}, "'Operations' must be an array"),
    "another message": ({"schemas": [USER], "Operations": [{}]}, f"'schemas' must contain {PATCH_OP}."),
    "an operation as a text": ({"schemas": [PATCH_OP], "Operations": ["x"]}, "Each operation must be"),
    "a path that is a number": (
        {"schemas": [PATCH_OP], "Operations": [{"op": "add", "path": 1, "value": 1}]},
        "'path' must be a string.",
    ),
}


@pytest.mark.parametrize(("body", "message"), MESSAGES.values(), ids=MESSAGES)
def test_message_is_refused_with_the_reason(body, message):
    with pytest.raises(InvalidSyntax) as refused:
        parse_patch(body, Leniency())
    assert message in refused.value.detail


def test_number_of_operations_is_limited():
    operation = {"op": "add", "path": "title", "value": "x"}
    with pytest.raises(InvalidValue, match="at most"):
        parse_patch({"schemas": [PATCH_OP], "Operations": [operation] * 10_001}, Leniency())


CREW = {"schemas": [GROUP], "displayName": "Crew"}
TRINITY = {"value": "2819c223-7f76-453a-919d-413861904646"}


def memberships(operation, *, without=()):
    """The resulting membership changes, which are separate rows and not part of the document."""
    leniency = Leniency(ALL - set(without))
    parsed = parse_patch({"schemas": [PATCH_OP], "Operations": [operation]}, leniency)
    patch = apply(parsed, CREW, GROUP_RESOURCE, leniency, frozenset({"members"}))
    assert patch.document == CREW
    (found,) = patch.detached["members"]
    return found.op, found.condition is not None, found.values, found.has_value


def test_memberships_are_changes_to_their_own_table():
    add, remove, replace = Op.ADD, Op.REMOVE, Op.REPLACE
    chosen = f'members[value eq "{TRINITY["value"]}"]'
    assert memberships({"op": "add", "path": "members", "value": [TRINITY]}) == (add, False, [TRINITY], True)
    assert memberships({"op": "replace", "path": "members", "value": None}) == (replace, False, [], False)
    assert memberships({"op": "remove", "path": "members"}) == (remove, False, [], False)
    assert memberships({"op": "remove", "path": chosen}) == (remove, True, [], False)
    assert memberships({"op": "remove", "path": chosen, "value": [{}]}) == (remove, True, [], False)
    remove_one = {"op": "remove", "path": "members", "value": [TRINITY]}
    assert memberships(remove_one) == (remove, False, [TRINITY], True)
    with pytest.raises(InvalidValue, match="takes no 'value'"):
        memberships(remove_one, without={Tolerance.REMOVE_WITH_VALUE})


@pytest.mark.parametrize(
    ("operation", "error", "message"),
    [
        ({"op": "add", "path": "members[value pr]", "value": [TRINITY]}, InvalidPath, "does not accept a filter"),
        ({"op": "remove", "path": "members[colour pr]"}, InvalidPath, "no sub-attribute 'colour'"),
        ({"op": "replace", "path": "members.value", "value": "x"}, Mutability, "cannot be changed"),
        ({"op": "replace", "path": "members[value pr].value", "value": "x"}, Mutability, "cannot be changed"),
    ],
    ids=["add with a filter", "an unknown part", "a part of all", "a part of some"],
)
def test_memberships_do_not_change(operation, error, message):
    with pytest.raises(error) as refused:
        memberships(operation)
    assert message in refused.value.detail
