"""Bodies of POST and PUT: what is refused, what counts as no value, and what a PUT keeps."""

import pytest

from scim.protocol.errors import (
    InvalidSyntax,
    InvalidValue,
    MethodNotAllowed,
    Mutability,
    NotFound,
    ScimError,
    TooManyRequests,
)
from scim.protocol.leniency import ALL, Leniency, Tolerance
from scim.protocol.resource_types import GROUP_RESOURCE, USER_RESOURCE
from scim.protocol.schemas import Attribute, ResourceSchema, Schema, Type
from scim.protocol.schemas import Mutability as Changes
from scim.protocol.validate import MAX_STRING, MAX_VALUES, clean, keep_blank, require_immutables_kept
from scim.protocol.values import fold

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
NEO = {"schemas": [USER], "userName": "neo"}
EMPLOYEE = {**NEO, "schemas": [USER, ENTERPRISE]}


def cleaned(body, schema=USER_RESOURCE, *, without=()):
    return clean(body, schema, Leniency(ALL - set(without)))


REFUSED = {
    "two values of an attribute with one": ({"name": [{}, {}]}, InvalidValue, "cannot have several values"),
    "parts of a simple attribute": (
        {"title": [{"display": "x"}]},
        InvalidValue,
        "has type string and no sub-attributes",
    ),
    "an object in place of a text": ({"title": {"value": "x"}}, InvalidValue, "must have type string"),
    "too many values": ({"emails": [{"value": str(n)} for n in range(MAX_VALUES + 1)]}, InvalidValue, "more than 1000"),
    "an array in an array": ({"emails": [[{"value": "x"}]]}, InvalidValue, "an array inside an array"),
    "a number as an element": ({"emails": [1]}, InvalidValue, "'emails' must be an object"),
    "a text that is too long": ({"title": "x" * (MAX_STRING + 1)}, InvalidValue, "is longer than"),
    "a character that cannot be stored": ({"title": "a\0b"}, InvalidValue, "cannot be stored"),
    "half a character": ({"title": "\ud800"}, InvalidValue, "cannot be stored"),
    "an extension that is a text": ({ENTERPRISE: "x"}, InvalidValue, f"'{ENTERPRISE}' must be an object"),
    "a number in place of a reference": ({ENTERPRISE: {"manager": 5}}, InvalidValue, "'manager' must be an object"),
    "schemas as a text": ({"schemas": USER}, InvalidSyntax, "'schemas' must be an array"),
    "text that begins like JSON": ({"name": "{Neo"}, InvalidValue, "'name' must be an object"),
}


@pytest.mark.parametrize(("changes", "error", "message"), REFUSED.values(), ids=REFUSED)
def test_body_is_refused_with_the_reason(changes, error, message):
    with pytest.raises(error) as refused:
        cleaned({**NEO, **changes})
    assert message in refused.value.detail


SCHEMAS = {
    "not the core schema": (["urn:example:other"], {}, f"'schemas' must contain {USER}."),
    "one twice": ([USER, USER.upper()], {}, "names the same URN twice"),
    "one that is unknown": ([USER, "urn:example:other"], {}, "names 'urn:example:other', which is not"),
    "not that of an extension": ([USER], {ENTERPRISE: {"department": "x"}}, f"must contain {ENTERPRISE}, because"),
}


@pytest.mark.parametrize(("urns", "changes", "message"), SCHEMAS.values(), ids=SCHEMAS)
def test_invalid_schemas_are_refused_if_not_tolerated(urns, changes, message):
    body = {**NEO, **changes, "schemas": urns}
    with pytest.raises(InvalidSyntax) as refused:
        cleaned(body, without={Tolerance.RESOURCE_SCHEMAS})
    assert message in refused.value.detail
    assert cleaned(body)["userName"] == "neo"


NOTHING = {
    "null": {"title": None},
    "null as an extension": {ENTERPRISE: None},
    "an object that is empty": {"name": {}},
    "a text that is empty in place of a reference": {ENTERPRISE: {"manager": ""}},
    "a reference without its value": {ENTERPRISE: {"manager": {"value": "", "displayName": "Morpheus"}}},
    "a reference whose value is blank, in another case": {ENTERPRISE: {"manager": {"Value": " "}}},
    "an array of nothing": {"title": [{}]},
    "what is read-only": {"id": "x", "meta": {}, "groups": [{"value": "x"}]},
    "a part that is unknown": {"name": {"favourite": "x"}},
    "elements that are blank": {"emails": ["", {"type": "work"}, '{"value": " "}']},
}


@pytest.mark.parametrize("changes", NOTHING.values(), ids=NOTHING)
def test_values_without_content_are_omitted(changes):
    assert cleaned({**EMPLOYEE, **changes}) == NEO


def test_equal_elements_are_stored_once():
    numbers = [{"value": "1", "type": "work"}, {"value": "1", "type": "Work", "display": "x"}, {"value": "2"}]
    assert cleaned({**NEO, "phoneNumbers": numbers})["phoneNumbers"] == [
        {"value": "1", "type": "Work", "display": "x"},
        {"value": "2"},
    ]
    addresses = [{"locality": "Zion"}, {"locality": "Zion"}]
    assert cleaned({**NEO, "addresses": addresses})["addresses"] == [{"locality": "Zion"}]


def test_json_in_a_string_is_parsed_if_tolerated():
    body = {**EMPLOYEE, ENTERPRISE: '{"department": "Tours"}', "emails": '[{"value": "a@example.com"}]'}
    found = cleaned(body)
    assert (found[ENTERPRISE], found["emails"]) == ({"department": "Tours"}, [{"value": "a@example.com"}])
    with pytest.raises(InvalidValue, match="Send JSON, not JSON in a string"):
        cleaned(body, without={Tolerance.JSON_AS_STRING})


def test_members_require_a_value():
    crew = {"schemas": [GROUP], "displayName": "Crew"}
    with pytest.raises(InvalidValue, match="needs a 'value'"):
        cleaned({**crew, "members": [{"type": "User"}]}, GROUP_RESOURCE)


def attribute(name, **more):
    return Attribute(name, Type.STRING, **more)


def schema_of(urn, *attributes):
    return Schema(urn, "Extra", "", attributes, {})


PART = Attribute(
    "seat",
    Type.COMPLEX,
    sub_attributes=(
        attribute("row", required=True),
        attribute("plan", mutability=Changes.IMMUTABLE),
        attribute("gate", mutability=Changes.READ_ONLY),
    ),
)
TICKET = "urn:example:Ticket"
EXTRA = schema_of("urn:example:Extra", attribute("note", mutability=Changes.IMMUTABLE))
TICKETS = ResourceSchema(
    schema_of(TICKET, PART, attribute("tags", multi_valued=True)), (EXTRA,), frozenset({EXTRA.urn})
)
FIRST = {"schemas": [TICKET, EXTRA.urn], "seat": {"row": "1", "plan": "A"}, EXTRA.urn: {"note": "x"}}


def test_required_parts_and_extensions_are_checked():
    assert cleaned({**FIRST, "seat": {**FIRST["seat"], "gate": "9"}}, TICKETS) == FIRST
    with pytest.raises(InvalidValue, match=r"'seat\.row' is required"):
        cleaned({**FIRST, "seat": {"plan": "A"}}, TICKETS)
    with pytest.raises(InvalidValue, match="The extension 'urn:example:Extra' is required"):
        cleaned({"schemas": [TICKET]}, TICKETS)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"seat": {"row": "1", "plan": "B"}}, "seat.plan"),
        ({"seat": None}, "seat.plan"),
        ({EXTRA.urn: {"note": "y"}}, "urn:example:Extra:note"),
    ],
    ids=["a part", "a part that is gone", "of an extension"],
)
def test_immutable_values_cannot_be_changed(changes, name):
    with pytest.raises(Mutability, match=f"'{name}' is immutable"):
        require_immutables_kept(FIRST, {**FIRST, **changes}, TICKETS)
    require_immutables_kept(FIRST, {**FIRST, "seat": {"row": "2", "plan": "A"}}, TICKETS)
    require_immutables_kept({}, FIRST, TICKETS)


def test_put_with_only_blank_elements_keeps_the_values():
    before = {**FIRST, "tags": ["red"]}

    def put(**sent):
        body = {**FIRST, **sent}
        return keep_blank(cleaned(body, TICKETS), body, before, TICKETS).get("tags")

    assert put(tags=[" "]) == ["red"]
    assert put(tags=["blue"]) == ["blue"]
    assert put(tags=[]) is None
    assert put() is None


def test_put_with_an_empty_array_in_a_string_removes_the_values():
    before = {**NEO, "emails": [{"value": "neo@example.com"}]}
    body = {**NEO, "emails": "[]"}
    assert keep_blank(cleaned(body), body, before, USER_RESOURCE) == NEO


def test_put_keeps_the_values_of_an_extension():
    extra = schema_of(EXTRA.urn, attribute("labels", multi_valued=True), attribute("note"))
    schema = ResourceSchema(schema_of(TICKET, attribute("seat")), (extra,))
    before = {"schemas": [TICKET, EXTRA.urn], "seat": "1", EXTRA.urn: {"labels": ["red"]}}
    body = {"schemas": [TICKET], "seat": "2", EXTRA.urn: {"labels": [""]}}
    assert keep_blank(cleaned(body, schema), body, before, schema) == {**before, "seat": "2"}
    text = {**body, EXTRA.urn: None}
    assert keep_blank(cleaned(text, schema), text, before, schema) == {"schemas": [TICKET], "seat": "2"}


def test_error_document_has_the_standard_form():
    with pytest.raises(ScimError) as refused:
        cleaned({"schemas": [USER]})
    assert refused.value.to_document() == {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
        "status": "400",
        "scimType": "invalidValue",
        "detail": "'userName' is required.",
    }


@pytest.mark.parametrize(
    ("error", "document"),
    [
        (NotFound(), {"status": "404", "detail": "There is no such resource."}),
        (MethodNotAllowed(allowed=["GET"]), {"status": "405", "detail": "This endpoint does not support this method."}),
        (TooManyRequests("Wait.", retry_after=5), {"status": "429", "detail": "Wait."}),
    ],
    ids=["not found", "method", "too many"],
)
def test_error_without_a_scim_type_has_a_status_and_a_detail(error, document):
    assert error.to_document() == {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], **document}


def test_errors_contain_header_values():
    assert MethodNotAllowed(allowed=["GET", "PUT"]).allowed == ("GET", "PUT")
    assert TooManyRequests(retry_after=5).retry_after == 5


def test_fold_lowercases_character_by_character():
    assert [fold("NEO"), fold("ÄÖÜ"), fold("İ")] == ["neo", "äöü", "i"]
