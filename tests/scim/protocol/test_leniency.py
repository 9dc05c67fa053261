"""Each tolerance with a client's payload: accepted and recorded, and refused if disabled."""

import pytest

from scim.protocol.errors import ScimError
from scim.protocol.leniency import ALL, Leniency, Tolerance
from scim.protocol.messages import parse_patch
from scim.protocol.patch import apply
from scim.protocol.resource_types import GROUP_RESOURCE, USER_RESOURCE
from scim.protocol.validate import clean

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
NEO = {"schemas": [USER], "userName": "neo"}
EMPLOYEE = {**NEO, "schemas": [USER, ENTERPRISE]}
CREW = {"schemas": [GROUP], "displayName": "Crew"}


def post(body, schema=USER_RESOURCE):
    return lambda leniency: clean(body, schema, leniency)


def patch(operation, *, schemas=(PATCH_OP,), document=NEO, schema=USER_RESOURCE):
    detached = frozenset({"members"}) if schema is GROUP_RESOURCE else frozenset()

    def run(leniency):
        body = {"Operations": [operation], **({"schemas": list(schemas)} if schemas else {})}
        return apply(parse_patch(body, leniency), document, schema, leniency, detached).document

    return run


MEMBER = {"op": "remove", "path": "members", "value": [{"value": "2819c223-7f76-453a-919d-413861904646"}]}
PAYLOADS = {
    Tolerance.BOOLEAN_AS_STRING: patch({"op": "replace", "path": "active", "value": "False"}),
    Tolerance.OPERATION_CASE: patch({"op": "Replace", "path": "active", "value": False}),
    Tolerance.PATCH_WITHOUT_SCHEMAS: patch({"op": "replace", "path": "active", "value": False}, schemas=()),
    Tolerance.SINGLE_FOR_MANY: post({**NEO, "emails": {"value": "neo@example.com"}}),
    Tolerance.MANY_FOR_SINGLE: post({**EMPLOYEE, ENTERPRISE: {"manager": [{"value": "26118915"}]}}),
    Tolerance.REFERENCE_AS_STRING: patch({"op": "add", "path": f"{ENTERPRISE}:manager", "value": "26118915"}),
    Tolerance.DOTTED_KEY: patch({"op": "replace", "value": {"name.givenName": "Thomas"}}),
    Tolerance.ADD_BY_FILTER: patch({"op": "add", "path": 'emails[type eq "work"].value', "value": "x"}),
    Tolerance.REPLACE_BY_FILTER: patch({"op": "replace", "path": 'emails[type eq "work"].value', "value": "x"}),
    Tolerance.REMOVE_WITH_VALUE: patch(MEMBER, document=CREW, schema=GROUP_RESOURCE),
    Tolerance.NUMBER_AS_STRING: post({**EMPLOYEE, ENTERPRISE: {"employeeNumber": 701984}}),
    Tolerance.BLANK_ELEMENT: post({**NEO, "phoneNumbers": [{"type": "work", "value": ""}]}),
    Tolerance.JSON_AS_STRING: post({**EMPLOYEE, ENTERPRISE: {"manager": '{"value": "26118915"}'}}),
    Tolerance.URN_WITH_DOT: patch({"op": "replace", "path": f"{USER}.displayName", "value": "Neo"}),
    Tolerance.UNKNOWN_ATTRIBUTE: post({**NEO, "favouriteColour": "green"}),
    Tolerance.EMPTY_PATH: patch({"op": "add", "path": "", "value": {"title": "Guide"}}),
    Tolerance.RESOURCE_SCHEMAS: post({"userName": "neo"}),
}


# Payloads that the protocol alone cannot judge are tested elsewhere.
ELSEWHERE = {Tolerance.UNKNOWN_MEMBER: "tests/scim/api/test_groups.py"}


def test_every_tolerance_has_a_payload():
    assert set(PAYLOADS) | set(ELSEWHERE) == set(Tolerance)


def test_null_means_absent_without_a_tolerance():
    leniency = Leniency(())
    members = [{"value": "x", "$ref": None}]
    assert clean({**CREW, "members": members}, GROUP_RESOURCE, leniency)["members"] == [{"value": "x"}]


@pytest.mark.parametrize(("tolerance", "run"), PAYLOADS.items())
def test_payload_is_accepted_and_its_tolerance_recorded(tolerance, run):
    leniency = Leniency()
    run(leniency)
    assert leniency.used == {tolerance}


@pytest.mark.parametrize(("tolerance", "run"), PAYLOADS.items())
def test_payload_is_refused_without_its_tolerance(tolerance, run):
    leniency = Leniency(ALL - {tolerance})
    with pytest.raises(ScimError):
        run(leniency)
