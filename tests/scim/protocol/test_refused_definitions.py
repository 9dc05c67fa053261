"""Invalid custom schemas and resource types, and the error messages."""

import pytest

from scim.protocol.definition import MAX_ATTRIBUTES, parse_resource_type, parse_schema
from scim.protocol.errors import InvalidValue, ScimError

URN = "urn:example:schemas:Badge"
BADGE = {"id": URN, "attributes": [{"name": "serial"}]}
DOOR = {"name": "Door", "endpoint": "/Doors", "schema": URN}


def attribute(**changes):
    return {**BADGE, "attributes": [{"name": "serial", **changes}]}


SCHEMAS = {
    "no object": ([BADGE], "A schema must be a JSON object."),
    "no URN": ({**BADGE, "id": "Badge"}, "must be the URN of the schema"),
    "a URN of the standard": ({**BADGE, "id": "urn:ietf:params:scim:schemas:Badge"}, "are reserved"),
    "no attributes": ({**BADGE, "attributes": []}, "at least one attribute"),
    "too many attributes": (
        {**BADGE, "attributes": [{"name": f"a{number}"} for number in range(MAX_ATTRIBUTES + 1)]},
        f"at most {MAX_ATTRIBUTES} attributes",
    ),
    "an attribute as a text": ({**BADGE, "attributes": ["serial"]}, "An attribute must be a JSON object."),
    "an attribute without a name": ({**BADGE, "attributes": [{"type": "string"}]}, "needs a 'name'"),
    "a name twice": ({**BADGE, "attributes": [{"name": "serial"}, {"name": "Serial"}]}, "'Serial' is defined twice"),
    "a common attribute": ({**BADGE, "attributes": [{"name": "meta"}]}, "is a common attribute"),
    "an unknown type": (attribute(type="text"), "'type' of 'serial' must be one of binary, boolean"),
    "a flag that is text": (attribute(required="yes"), "'required' of 'serial' must be true or false."),
    "values as numbers": (attribute(canonicalValues=[1]), "'canonicalValues' of 'serial' must be an array"),
    "complex without parts": (attribute(type="complex"), "is complex and needs 'subAttributes'"),
    "complex in complex": (
        attribute(type="complex", subAttributes=[{"name": "part", "type": "complex"}]),
        "is a sub-attribute and cannot be complex",
    ),
    "unique elements": (attribute(uniqueness="server", multiValued=True), "cannot be unique"),
    "required and read-only": (attribute(required=True, mutability="readOnly"), "both required and readOnly"),
    "write-only and returned": (attribute(mutability="writeOnly"), "its 'returned' must be never"),
}
TYPES = {
    "no object": ("Door", "A resource type must be a JSON object."),
    "no name": ({**DOOR, "name": "2 doors"}, "'name' must consist of letters and digits"),
    "an endpoint that is taken": ({**DOOR, "endpoint": "/Bulk"}, "'endpoint' must be an unused path"),
    "no schema": ({**DOOR, "schema": None}, "'schema' must be the URN"),
    "extensions as an object": ({**DOOR, "schemaExtensions": {}}, "'schemaExtensions' must be an array"),
    "an extension without a schema": ({**DOOR, "schemaExtensions": [{}]}, "'schemaExtensions' needs a 'schema'"),
}


@pytest.mark.parametrize(("body", "message"), SCHEMAS.values(), ids=SCHEMAS)
def test_schema_is_refused_with_the_reason(body, message):
    with pytest.raises(ScimError) as refused:
        parse_schema(body)
    assert message in refused.value.detail


@pytest.mark.parametrize(("body", "message"), TYPES.values(), ids=TYPES)
def test_resource_type_is_refused_with_the_reason(body, message):
    with pytest.raises(ScimError) as refused:
        parse_resource_type(body)
    assert message in refused.value.detail


def test_omitted_members_have_the_defaults_of_the_rfc():
    assert parse_schema(BADGE)["name"] == "Badge"
    (found,) = parse_schema(attribute(canonicalValues=["a"]))["attributes"]
    assert found == {
        "name": "serial",
        "type": "string",
        "multiValued": False,
        "description": "",
        "required": False,
        "caseExact": False,
        "mutability": "readWrite",
        "returned": "default",
        "uniqueness": "none",
        "canonicalValues": ["a"],
    }


def test_extension_is_required_only_if_declared():
    extensions = [{"schema": "urn:example:a"}, {"schema": "urn:example:b", "required": True}]
    found = parse_resource_type({**DOOR, "schemaExtensions": extensions})["schemaExtensions"]
    assert found == [{"schema": "urn:example:a", "required": False}, {"schema": "urn:example:b", "required": True}]
    with pytest.raises(InvalidValue, match="'required' of 'urn:example:a' must be true or false"):
        parse_resource_type({**DOOR, "schemaExtensions": [{"schema": "urn:example:a", "required": 1}]})
