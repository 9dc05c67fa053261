"""Random PATCH operations, compared with an independent model of RFC 7644 §3.5.2."""

import copy

from hypothesis import given
from hypothesis import strategies as some

from scim.protocol.leniency import Leniency
from scim.protocol.messages import parse_patch
from scim.protocol.patch import apply
from scim.protocol.resource_types import USER_RESOURCE
from scim.protocol.validate import clean

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
TYPES = ["work", "home", "other"]
TEXTS = some.sampled_from(["a", "b", "c"])
PHONES = some.lists(
    some.fixed_dictionaries({"value": TEXTS, "type": some.sampled_from(TYPES)}),
    max_size=3,
    unique_by=lambda phone: (phone["type"], phone["value"]),
)
SIMPLE = some.sampled_from(["title", "nickName", "userType"])
NAME_PARTS = some.sampled_from(["givenName", "familyName", "middleName"])
DOCUMENTS = some.fixed_dictionaries(
    {"userName": some.just("neo")},
    optional={
        "title": TEXTS,
        "nickName": TEXTS,
        "userType": TEXTS,
        "name": some.dictionaries(NAME_PARTS, TEXTS, min_size=1),
        "phoneNumbers": PHONES.filter(bool),
        ENTERPRISE: some.fixed_dictionaries({"department": TEXTS}),
    },
)
SETTING = some.sampled_from(["add", "replace"])
OPERATIONS = some.one_of(
    some.builds(lambda op, name, value: {"op": op, "path": name, "value": value}, SETTING, SIMPLE, TEXTS),
    some.builds(lambda name: {"op": "remove", "path": name}, SIMPLE),
    some.builds(lambda op, sub, value: {"op": op, "path": f"name.{sub}", "value": value}, SETTING, NAME_PARTS, TEXTS),
    some.builds(lambda sub: {"op": "remove", "path": f"name.{sub}"}, NAME_PARTS),
    some.builds(
        lambda op, value: {"op": op, "path": "name", "value": value},
        SETTING,
        some.dictionaries(NAME_PARTS, TEXTS, min_size=1),
    ),
    some.builds(lambda op, value: {"op": op, "path": "phoneNumbers", "value": value}, SETTING, PHONES.filter(bool)),
    some.just({"op": "remove", "path": "phoneNumbers"}),
    some.builds(lambda kind: {"op": "remove", "path": f'phoneNumbers[type eq "{kind}"]'}, some.sampled_from(TYPES)),
    some.builds(
        lambda op, kind, value: {"op": op, "path": f'phoneNumbers[type eq "{kind}"].value', "value": value},
        SETTING,
        some.sampled_from(TYPES),
        TEXTS,
    ),
    some.builds(lambda op, value: {"op": op, "path": f"{ENTERPRISE}:department", "value": value}, SETTING, TEXTS),
    some.just({"op": "remove", "path": f"{ENTERPRISE}:department"}),
    some.builds(lambda op, name, value: {"op": op, "value": {name: value}}, SETTING, SIMPLE, TEXTS),
)


def by_hand(document, operation):
    """The document after one operation."""
    document, op, path, value = copy.deepcopy(document), operation["op"], operation.get("path"), operation.get("value")
    if path is None:
        return document | value
    if path.startswith("phoneNumbers["):
        kind, _, rest = path.removeprefix('phoneNumbers[type eq "').partition('"]')
        return phones_of_kind(document, op, kind, rest, value)
    holder, name = document, path
    if path.startswith("name."):
        holder, name = document.setdefault("name", {}), path.removeprefix("name.")
    elif path.startswith(ENTERPRISE):
        holder, name = document.setdefault(ENTERPRISE, {}), path.removeprefix(ENTERPRISE + ":")
    if op == "remove":
        holder.pop(name, None)
    elif name == "name" and holder is document:
        document["name"] = document.get("name", {}) | value
    elif name == "phoneNumbers" and op == "add":
        document[name] = distinct(document.get(name, []) + value)
    else:
        holder[name] = value
    return {key: item for key, item in document.items() if item not in ({}, [])}


def phones_of_kind(document, op, kind, rest, value):
    phones = document.pop("phoneNumbers", [])
    chosen = [phone for phone in phones if phone["type"] == kind]
    if op == "remove":
        phones = [phone for phone in phones if phone["type"] != kind]
    elif not chosen:
        phones = [*phones, {"type": kind, "value": value}]
    else:
        phones = [phone | {"value": value} if phone["type"] == kind else phone for phone in phones]
    assert rest in {"", ".value"}
    phones = distinct(phones)
    return document | ({"phoneNumbers": phones} if phones else {})


def distinct(phones):
    found = {}
    for phone in phones:
        found.setdefault((phone["type"], phone["value"]), phone)
    return list(found.values())


@given(DOCUMENTS, some.lists(OPERATIONS, min_size=1, max_size=4))
def test_result_equals_that_of_the_model(document, operations):
    leniency = Leniency()
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations}
    start = clean(document, USER_RESOURCE, leniency)
    patched = apply(parse_patch(body, leniency), start, USER_RESOURCE, leniency).document
    expected = document
    for operation in operations:
        expected = by_hand(expected, operation)
    assert {key: value for key, value in patched.items() if key != "schemas"} == expected
