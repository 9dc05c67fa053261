"""Filters, values and projections of a type with attributes of every kind, in memory."""

from uuid import uuid4

import pytest

from scim.protocol.definition import parse_schema, schema_of
from scim.protocol.errors import InvalidFilter, InvalidValue, ScimError
from scim.protocol.grammar import parse_attribute_path, parse_filter, parse_patch_path
from scim.protocol.leniency import ALL, Leniency, Tolerance
from scim.protocol.match import element_test, matches
from scim.protocol.messages import parse_patch
from scim.protocol.nodes import AttributePath, attribute_paths, count_terms
from scim.protocol.patch import apply
from scim.protocol.project import WHOLE, View, parse_projection
from scim.protocol.resource_types import USER_RESOURCE, ResourceType, require_own
from scim.protocol.schemas import ResourceSchema
from scim.protocol.validate import clean
from scim.protocol.values import parse_date_time, parse_json_text

URN = "urn:example:schemas:Device"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


def attribute(name, kind="string", **more):
    return {"name": name, "type": kind, **more}


DEFINITION = {
    "id": URN,
    "name": "Device",
    "attributes": [
        attribute("serial"),
        attribute("tags", multiValued=True),
        attribute("built", "dateTime"),
        attribute("weight", "decimal"),
        attribute("image", "binary"),
        attribute(
            "keys",
            "complex",
            multiValued=True,
            subAttributes=[
                attribute("value", required=True),
                attribute("pin", returned="never"),
                attribute("note", returned="request"),
                attribute("slot", "integer"),
            ],
        ),
    ],
}
DEVICE = ResourceSchema(schema_of(parse_schema(DEFINITION)))
SAFE = ResourceSchema(
    schema_of(
        parse_schema(
            {
                **DEFINITION,
                "attributes": [
                    attribute("serial"),
                    attribute("pin", returned="never"),
                    attribute("note", returned="request"),
                ],
            }
        )
    )
)
CAMERA = {
    "schemas": [URN],
    "serial": "A1",
    "tags": ["red", "blue"],
    "built": "2026-01-31T12:00:00Z",
    "weight": 1.5,
    "keys": [{"value": "front", "pin": "1", "slot": 1}, {"value": "back", "slot": 2}],
}
TRUE = [
    'serial eq "x" or weight eq 1.5',
    'tags[value eq "red" or value eq null]',
    'tags[value eq "RED"]',
    'tags[value eq "red" or value eq "green"]',
    'tags[not (value eq "red")]',
    'keys[not (value eq "front") and slot gt 1]',
    'keys[value eq "left" or slot eq 2]',
    'built gt "2026-01-31T11:00:00Z"',
    'built eq "2026-01-31T13:00:00+01:00"',
    "weight lt 2",
    "keys.slot eq 2",
]
FALSE = ['tags[value eq "green"]', 'keys[value eq "front" and slot eq 2]', "weight gt 1.5", 'image eq "YQ=="']
MEANINGLESS = {
    'meta eq "x"': "is complex",
    "serial co 1": "compares strings. Put the value in double quotes",
    'built co "2026"': "but 'co' compares strings",
    'image gt "YQ=="': "which has no order",
    f"weight eq {'9' * 500}": "the number is too long",
    'keys[value eq "x" or slot eq "y"]': "another type",
    'keys[value[slot eq 1] eq "x"]': "",
    'serial[value eq "x"]': "not complex",
    'keys[pin eq "1"]': "cannot be filtered",
    'keys.pin eq "1"': "cannot be filtered",
    'keys[colour eq "1"]': "no sub-attribute",
    'tags[type eq "1"]': "no sub-attribute",
    "serial gt null": "null can only",
    'built gt "yesterday"': "is not a date and time",
    f'{URN} eq "x"': "",
    "serial eq": "a value is missing",
    "weight eq 99999999999999999999": "too large",
    'weight eq "x"': "another type",
}


@pytest.mark.parametrize("text", TRUE)
def test_filter_matches(text):
    assert matches(parse_filter(text), CAMERA, DEVICE) is True


@pytest.mark.parametrize("text", FALSE)
def test_filter_does_not_match(text):
    assert matches(parse_filter(text), CAMERA, DEVICE) is False


@pytest.mark.parametrize(("text", "message"), MEANINGLESS.items(), ids=MEANINGLESS)
def test_meaningless_filter_is_refused_with_the_reason(text, message):
    with pytest.raises(InvalidFilter) as refused:
        matches(parse_filter(text), CAMERA, DEVICE)
    assert message in refused.value.detail


def test_value_filter_cannot_contain_another():
    inner = parse_filter("keys[slot eq 1]")
    with pytest.raises(InvalidFilter, match="cannot contain another"):
        element_test(inner, DEVICE.top_level("keys"))


def test_alternatives_of_strings_and_booleans_are_distinguished():
    """Entra sends booleans in quotes."""
    holds = element_test(parse_filter('type eq "home" or primary eq "True"'), USER_RESOURCE.top_level("emails"))
    assert [holds(element) for element in ({"type": "Home"}, {"primary": True}, {"type": "work"})] == [
        True,
        True,
        False,
    ]


def test_terms_and_attributes_of_a_filter_are_listed():
    node = parse_filter('serial eq "x" and not (weight gt 1 or keys[slot eq 1 and value pr])')
    assert count_terms(node) == 4
    assert [path.name for path in attribute_paths(node)] == ["serial", "weight", "keys"]


@pytest.mark.parametrize("text", ["keys[slot eq 1].1", "keys[slot eq 1]value", "keys[slot eq 1", "keys[slot eq 1].a:b"])
def test_malformed_paths_are_refused(text):
    with pytest.raises(ScimError):
        parse_patch_path(text)


def patched(*operations):
    leniency = Leniency()
    parsed = parse_patch({"schemas": [PATCH_OP], "Operations": list(operations)}, leniency)
    return apply(parsed, CAMERA, DEVICE, leniency).document


def test_simple_elements_are_removed_by_value():
    assert patched({"op": "remove", "path": "tags", "value": ["red"]})["tags"] == ["blue"]
    assert patched({"op": "remove", "path": 'tags[value eq "red"]', "value": ["red"]})["tags"] == ["blue"]
    assert patched({"op": "replace", "path": 'tags[value eq "red"]', "value": "green"})["tags"] == ["green", "blue"]


@pytest.mark.parametrize(
    "changes",
    [
        {"tags": ["red", None]},
        {"built": "yesterday"},
        {"image": "no base64 at all !"},
        {"image": 1},
        {"weight": "heavy"},
        {"keys": [{"slot": 1.5}]},
    ],
    ids=str,
)
def test_values_of_the_wrong_type_are_refused(changes):
    with pytest.raises(InvalidValue):
        clean({**CAMERA, **changes}, DEVICE, Leniency())


def test_body_must_be_an_object():
    with pytest.raises(ScimError, match="must be a JSON object"):
        clean([CAMERA], DEVICE, Leniency())


@pytest.mark.parametrize("text", ["2026-02-30T12:00:00Z", "9999-12-31T23:59:59-14:00", "2026-01-31"])
def test_nonexistent_dates_are_not_parsed(text):
    assert parse_date_time(text) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * 100_000, "nested too deeply"),
        ('{"a": 1, "A": 2}', "an attribute twice"),
        ("99999999999999999999", "64 bits"),
        ("1e999", "64 bits"),
        ("NaN", "64 bits"),
    ],
    ids=["deep", "twice", "integer", "decimal", "NaN"],
)
def test_unstorable_json_in_a_string_is_refused(text, message):
    with pytest.raises(InvalidValue, match=message):
        parse_json_text(text)


def test_json_in_a_string_is_parsed():
    assert parse_json_text('{"weight": 1.5, "slot": 2, "tags": ["red"]}') == {"weight": 1.5, "slot": 2, "tags": ["red"]}


def test_other_text_is_not_json():
    assert parse_json_text("{") is None


def seen(document, *, attributes=(), excluded=()):
    return View(parse_projection(attributes, excluded, DEVICE, Leniency()), DEVICE).of(document)


def test_attributes_never_returned_are_hidden():
    assert seen(CAMERA)["keys"] == [{"value": "front", "slot": 1}, {"value": "back", "slot": 2}]
    assert seen(CAMERA, attributes=["keys.pin"]) == {"schemas": [URN]}
    assert seen({"keys": [{"pin": "1"}]}) == {}
    assert View(WHOLE, SAFE).of({"schemas": [URN], "pin": "1", "serial": "A1"}) == {"schemas": [URN], "serial": "A1"}


def test_requested_parts_are_returned():
    assert seen(CAMERA, attributes=["keys.slot"])["keys"] == [{"slot": 1}, {"slot": 2}]
    assert "note" not in seen({"keys": [{"value": "x", "note": "n"}]})["keys"][0]
    assert seen({"keys": [{"value": "x", "note": "n"}]}, attributes=["keys.note"])["keys"] == [{"note": "n"}]


def test_attributes_returned_on_request_must_be_named():
    document = {"schemas": [URN], "note": "n", "serial": "A1", "unknown": "x"}
    assert View(WHOLE, SAFE).of(document) == {"schemas": [URN], "serial": "A1"}
    assert View(parse_projection(["note"], [], SAFE, Leniency()), SAFE).of(document) == {"schemas": [URN], "note": "n"}


@pytest.mark.parametrize(
    ("names", "slots"),
    [
        (['keys[value eq "front"].slot'], True),
        (["keys[value pr]"], True),
        (["keys[value"], False),
        (["no name"], False),
        (["favourite"], False),
        ([f"{URN}:keys.slot"], True),
    ],
    ids=str,
)
def test_names_that_select_nothing_are_not_an_error(names, slots):
    assert ("keys" in seen(CAMERA, attributes=names)) is slots
    assert seen(CAMERA, attributes=names)["schemas"] == [URN]


def test_dot_after_a_urn_selects_only_if_tolerated():
    names = [f"{URN}.serial"]
    assert seen(CAMERA, attributes=names)["serial"] == "A1"
    strict = parse_projection(names, [], DEVICE, Leniency(ALL - {Tolerance.URN_WITH_DOT}))
    assert View(strict, DEVICE).of(CAMERA) == {"schemas": [URN]}


def test_excluded_parts_are_not_returned():
    assert seen(CAMERA, excluded=["keys.slot", "tags"])["keys"] == [{"value": "front"}, {"value": "back"}]
    assert "tags" not in seen(CAMERA, excluded=["tags"])
    assert seen({"keys": "text"}, excluded=["keys.slot"]) == {"keys": "text"}


def test_number_of_names_is_limited():
    with pytest.raises(InvalidValue, match="at most 1,000 names"):
        seen(CAMERA, attributes=["serial"] * 600, excluded=["tags"] * 401)


def test_projection_tells_which_attributes_are_needed():
    """The values of these attributes are rows in other tables, and are read only if returned."""
    groups = parse_projection(["groups.value"], [], USER_RESOURCE, Leniency())
    assert (groups.wants("groups"), groups.wants("emails"), groups.is_whole) == (True, False, False)
    assert groups.asks_for("groups", "value")
    assert not groups.asks_for("groups", "display")
    without = parse_projection([], ["groups"], USER_RESOURCE, Leniency())
    assert (without.wants("groups"), without.wants("emails")) == (False, True)
    assert WHOLE.is_whole


def test_short_names_mean_an_attribute_of_one_extension():
    short = USER_RESOURCE.with_short_names(ENTERPRISE)
    assert str(short.resolve(AttributePath("department"))) == f"{ENTERPRISE}:department"
    assert str(short.resolve(AttributePath("title"))) == "title"
    assert USER_RESOURCE.resolve(AttributePath("department")) is None
    assert str(USER_RESOURCE.resolve(parse_attribute_path(ENTERPRISE))) == ENTERPRISE
    assert USER_RESOURCE.resolve(parse_attribute_path(f"{ENTERPRISE}x")) is None


def test_standard_schemas_cannot_be_replaced():
    require_own(URN)
    with pytest.raises(InvalidValue, match="is a built-in schema"):
        require_own(ENTERPRISE.upper())


def test_secrets_of_a_type_are_listed_in_lower_case():
    kind = ResourceType(uuid4(), "Device", "/Devices", "", DEVICE)
    assert kind.secrets == {"keys.pin"}


def test_common_attributes_come_before_those_of_the_schema():
    assert [found.name for found in SAFE.attributes] == ["schemas", "id", "externalId", "meta", "serial", "pin", "note"]


def test_extension_can_be_requested_as_a_whole():
    projection = parse_projection([ENTERPRISE], [], USER_RESOURCE, Leniency())
    document = {"userName": "neo", ENTERPRISE: {"department": "Tours"}}
    assert View(projection, USER_RESOURCE).of(document)[ENTERPRISE] == {"department": "Tours"}


def test_elements_require_their_required_value():
    with pytest.raises(InvalidValue, match="needs a 'value'"):
        clean({**CAMERA, "keys": [{"slot": 1}]}, DEVICE, Leniency())


@pytest.mark.parametrize("path", ["favourite.colour", f"{URN}x:favourite"])
def test_unknown_names_in_a_value_without_path_are_tolerated(path):
    leniency = Leniency()
    parsed = parse_patch({"schemas": [PATCH_OP], "Operations": [{"op": "add", "value": {path: "x"}}]}, leniency)
    assert apply(parsed, CAMERA, DEVICE, leniency).document == CAMERA
    assert Tolerance.UNKNOWN_ATTRIBUTE in leniency.used


@pytest.mark.parametrize("change", [{"description": 1}, {"name": "x" * 10_000}], ids=["number", "long"])
def test_texts_of_a_definition_must_be_short_strings(change):
    with pytest.raises(InvalidValue, match="must be text"):
        parse_schema({**DEFINITION, **change})
