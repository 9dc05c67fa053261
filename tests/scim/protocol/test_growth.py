"""The work for a message grows linearly with its length, not quadratically."""

import contextlib
import json

import pytest

from scim.api.media import parse_json
from scim.protocol.definition import parse_schema
from scim.protocol.errors import ScimError
from scim.protocol.grammar import parse_attribute_path, parse_filter, parse_patch_path
from scim.protocol.leniency import Leniency
from scim.protocol.match import matches
from scim.protocol.messages import parse_patch
from scim.protocol.patch import apply
from scim.protocol.resource_types import USER_RESOURCE
from scim.protocol.validate import clean
from tests.steps import counted, grows_linearly, steps

PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ELEMENTS = {
    "emails": lambda index: {"value": f"{index}@example.com", "type": "work"},
    "addresses": lambda index: {"streetAddress": f"Street {index}", "type": "work"},
    "roles": lambda index: {"value": f"role {index}", "type": "work", "display": f"Role {index}"},
    "phoneNumbers": lambda index: {"value": f"+47 {index}", "type": "mobile"},
}


def refusable(parse, value):
    """Parse and accept a refusal, which must not cost more than a result."""

    def work():
        with contextlib.suppress(ScimError):
            parse(value)

    return work


def patch(document, *operations):
    body = {"schemas": [PATCH_OP], "Operations": [counted(operation) for operation in operations]}
    document = counted(document)
    return lambda: apply(parse_patch(body, Leniency()), document, USER_RESOURCE, Leniency())


def user(name, size):
    return {"userName": "neo", name: [ELEMENTS[name](index) for index in range(size)]}


TEXTS = {
    "and": (200, lambda size: " and ".join(["userName pr"] * size)),
    "or, too many": (600, lambda size: " or ".join(["title pr"] * size)),
    "parentheses": (8_000, lambda size: "(" * size),
    "closed parentheses": (8_000, lambda size: "(" * (size // 2) + "title pr" + ")" * (size // 2)),
    "not": (1_500, lambda size: "not (" * size),
    "brackets": (8_000, lambda size: "emails[" * (size // 7)),
    "string": (8_000, lambda size: 'title eq "' + "x" * size + '"'),
    "escapes": (8_000, lambda size: 'title eq "' + "\\u0041" * (size // 6) + '"'),
    "open string": (8_000, lambda size: 'title eq "' + "x" * size),
    "word": (8_000, lambda size: "a" * size),
    "dots": (8_000, lambda size: "a." * (size // 2)),
    "urn": (8_000, lambda size: "urn:" + "a:" * (size // 2)),
    "blanks": (8_000, lambda size: "title" + " " * size + "pr"),
    "digits": (8_000, lambda size: "title eq " + "1" * size),
}


@pytest.mark.parametrize("parse", [parse_filter, parse_patch_path, parse_attribute_path])
@pytest.mark.parametrize(("size", "text"), TEXTS.values(), ids=TEXTS)
def test_parsing_filters_and_paths_is_linear(parse, size, text):
    assert grows_linearly(lambda size: refusable(parse, text(size)), size)


@pytest.mark.parametrize("terms", [20, 200])
def test_matching_a_filter_in_memory_is_linear(terms):
    def make(size):
        node, document = parse_filter(" or ".join(['emails.value eq "x"'] * terms)), counted(user("emails", size))
        return lambda: matches(node, document, USER_RESOURCE)

    assert grows_linearly(make, 40)


JSON = {
    "values": lambda size: json.dumps(list(range(size))),
    "members": lambda size: json.dumps({f"name{index}": index for index in range(size)}),
    "duplicates": lambda size: "{" + ",".join(['"a": 1'] * size) + "}",
    "objects": lambda size: json.dumps([{"a": index} for index in range(size)]),
    "depth": lambda size: "[" * size + "]" * size,
    "open": lambda size: "[" * size,
    "digits": lambda size: "1" * size,
    "text": lambda size: json.dumps('\\"{[' * size),
}


@pytest.mark.parametrize("text", JSON.values(), ids=JSON)
def test_parsing_json_is_linear(text):
    assert grows_linearly(lambda size: refusable(parse_json, text(size).encode()), 2_000)


@pytest.mark.parametrize("name", ELEMENTS)
def test_cleaning_the_values_of_a_user_is_linear(name):
    assert grows_linearly(lambda size: lambda: clean(counted(user(name, size)), USER_RESOURCE, Leniency()), 400)


CHANGES = {
    "add": lambda values, more: {"op": "add", "value": more},
    "add the same": lambda values, more: {"op": "add", "value": values},
    "replace": lambda values, more: {"op": "replace", "value": more},
    "remove all": lambda values, more: {"op": "remove"},
    "remove each": lambda values, more: {"op": "remove", "value": values},
    "remove each, last first": lambda values, more: {"op": "remove", "value": values[::-1]},
    "remove others": lambda values, more: {"op": "remove", "value": more},
}


@pytest.mark.parametrize("name", ELEMENTS)
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_patching_values_is_linear(name, change):
    def make(size):
        values, more = user(name, size)[name], [ELEMENTS[name](size + index) for index in range(size)]
        return patch(user(name, size), {"path": name, **change(values, more)})

    assert grows_linearly(make, 400)


@pytest.mark.parametrize("path", ["title", "name.givenName", 'emails[type eq "work"].value'])
def test_work_of_patch_operations_is_linear(path):
    def make(size):
        document = {"userName": "neo", "emails": [{"type": "work", "value": "a"}]}
        return patch(document, *({"op": "replace", "path": path, "value": str(index)} for index in range(size)))

    assert grows_linearly(make, 400)


@pytest.mark.parametrize("sub", [False, True])
def test_parsing_attributes_of_a_schema_is_linear(sub):
    def make(size):
        attributes = [{"name": f"attribute{index}", "type": "string"} for index in range(size)]
        if sub:
            attributes = [{"name": "outer", "type": "complex", "subAttributes": attributes}]
        body = {"id": "urn:example:schema", "name": "Schema", "attributes": attributes}
        return refusable(parse_schema, counted(body))

    assert grows_linearly(make, 180)


def test_quadratic_work_is_detected():
    """Covers the work that `steps` has to count: loops, and comparisons in C code."""

    def by_loop(size):
        return lambda: [None for _ in range(size) for _ in range(size)]

    def by_comparison(size):
        items = counted([{"value": f"{index}"} for index in range(size)])
        others = counted([{"value": f"other {index}"} for index in range(size)])
        return lambda: [item for item in items if item in others]

    assert not grows_linearly(by_loop, 200)
    assert not grows_linearly(by_comparison, 200)
    assert steps(by_loop(20)) == steps(by_loop(20))
