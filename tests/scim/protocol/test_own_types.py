"""Filters, values and projections of a type with attributes of every kind, in memory."""

import pytest

from scim.protocol.definition import parse_schema, schema_of
from scim.protocol.errors import InvalidFilter, InvalidValue, ScimError
from scim.protocol.grammar import parse_filter, parse_patch_path
from scim.protocol.leniency import Leniency, Tolerance
from scim.protocol.match import element_test, matches
from scim.protocol.messages import parse_patch
from scim.protocol.nodes import attribute_paths, count_terms
from scim.protocol.patch import apply
from scim.protocol.project import View, parse_projection
from scim.protocol.resource_types import USER_RESOURCE
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
CAMERA = {
    "schemas": [URN],
    "serial": "A1",
    "tags": ["red", "blue"],
    "built": "2026-01-31T12:00:00Z",
    "weight": 1.5,
    "keys": [{"value": "front", "pin": "1", "slot": 1}, {"value": "back", "slot": 2}],
}
TRUE = [
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
def test_true(text):
    assert matches(parse_filter(text), CAMERA, DEVICE) is True


@pytest.mark.parametrize("text", FALSE)
def test_false(text):
    assert matches(parse_filter(text), CAMERA, DEVICE) is False


@pytest.mark.parametrize(("text", "message"), MEANINGLESS.items(), ids=MEANINGLESS)
def test_filter_without_meaning_says_why(text, message):
    with pytest.raises(InvalidFilter) as refused:
        matches(parse_filter(text), CAMERA, DEVICE)
    assert message in refused.value.detail


def test_a_condition_on_an_element_has_no_value_filter_of_its_own():
    inner = parse_filter("keys[slot eq 1]")
    with pytest.raises(InvalidFilter, match="cannot contain another"):
        element_test(inner, DEVICE.top_level("keys"))


def test_filters_are_counted_and_name_their_attributes():
    node = parse_filter('serial eq "x" and not (weight gt 1 or keys[slot eq 1 and value pr])')
    assert count_terms(node) == 4
    assert [path.name for path in attribute_paths(node)] == ["serial", "weight", "keys"]


@pytest.mark.parametrize("text", ["keys[slot eq 1].1", "keys[slot eq 1]value", "keys[slot eq 1", "keys[slot eq 1].a:b"])
def test_paths_that_cannot_be_read(text):
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
def test_values_of_another_type_are_refused(changes):
    with pytest.raises(InvalidValue):
        clean({**CAMERA, **changes}, DEVICE, Leniency())


def test_body_is_an_object():
    with pytest.raises(ScimError, match="must be a JSON object"):
        clean([CAMERA], DEVICE, Leniency())


@pytest.mark.parametrize("text", ["2026-02-30T12:00:00Z", "9999-12-31T23:59:59-14:00", "2026-01-31"])
def test_dates_that_do_not_exist(text):
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
def test_json_in_text_that_cannot_be_stored(text, message):
    with pytest.raises(InvalidValue, match=message):
        parse_json_text(text)


def test_json_in_text_is_read():
    assert parse_json_text('{"weight": 1.5, "slot": 2, "tags": ["red"]}') == {"weight": 1.5, "slot": 2, "tags": ["red"]}


def test_other_text_is_not_json():
    assert parse_json_text("{") is None


def seen(document, *, attributes=(), excluded=()):
    return View(parse_projection(attributes, excluded, DEVICE, Leniency()), DEVICE).of(document)


def test_nobody_sees_what_is_never_returned():
    assert seen(CAMERA)["keys"] == [{"value": "front", "slot": 1}, {"value": "back", "slot": 2}]
    assert seen(CAMERA, attributes=["keys.pin"]) == {"schemas": [URN]}
    assert seen({"keys": [{"pin": "1"}]}) == {}


def test_parts_are_seen_when_they_are_named():
    assert seen(CAMERA, attributes=["keys.slot"])["keys"] == [{"slot": 1}, {"slot": 2}]
    assert "note" not in seen({"keys": [{"value": "x", "note": "n"}]})["keys"][0]
    assert seen({"keys": [{"value": "x", "note": "n"}]}, attributes=["keys.note"])["keys"] == [{"note": "n"}]


def test_an_extension_is_named_as_a_whole():
    projection = parse_projection([ENTERPRISE], [], USER_RESOURCE, Leniency())
    document = {"userName": "neo", ENTERPRISE: {"department": "Tours"}}
    assert View(projection, USER_RESOURCE).of(document)[ENTERPRISE] == {"department": "Tours"}


def test_elements_need_the_value_that_is_required():
    with pytest.raises(InvalidValue, match="needs a 'value'"):
        clean({**CAMERA, "keys": [{"slot": 1}]}, DEVICE, Leniency())


@pytest.mark.parametrize("path", ["favourite.colour", f"{URN}x:favourite"])
def test_unknown_names_in_a_value_without_path(path):
    leniency = Leniency()
    parsed = parse_patch({"schemas": [PATCH_OP], "Operations": [{"op": "add", "value": {path: "x"}}]}, leniency)
    assert apply(parsed, CAMERA, DEVICE, leniency).document == CAMERA
    assert Tolerance.UNKNOWN_ATTRIBUTE in leniency.used


@pytest.mark.parametrize("change", [{"description": 1}, {"name": "x" * 10_000}], ids=["number", "long"])
def test_texts_of_a_definition_are_short_texts(change):
    with pytest.raises(InvalidValue, match="must be text"):
        parse_schema({**DEFINITION, **change})
