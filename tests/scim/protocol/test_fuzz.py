"""Random bytes for each parser cause either its own error or a result. The work is tested in test_growth.py."""

import random

import pytest

from scim.api.media import parse_json
from scim.protocol.definition import parse_resource_type, parse_schema
from scim.protocol.errors import ScimError
from scim.protocol.grammar import parse_attribute_path, parse_filter, parse_patch_path
from scim.protocol.leniency import Leniency
from scim.protocol.messages import parse_patch
from scim.protocol.patch import apply
from scim.protocol.resource_types import USER_RESOURCE
from scim.protocol.validate import clean

ROUNDS = [pytest.param(5_000, id="few"), pytest.param(40_000, id="many", marks=pytest.mark.deep)]
WORDS = [
    *("userName", "emails", "name.givenName", "value", "type", "urn:ietf:params:scim:schemas:core:2.0:User:userName"),
    *("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "pr", "and", "or", "not", "true", "false", "null"),
    *(
        '"work"',
        '"\\u0041"',
        '"',
        "\\",
        "(",
        ")",
        "[",
        "]",
        ".",
        ":",
        " ",
        "1",
        "-1.5e9",
        "\0",
        "é",
        "\U0001f600",
        "$ref",
    ),
]
JSON_PIECES = [*'{}[]:,"', '"op"', '"add"', '"schemas"', "null", "true", "1", "1e999", "\\u0000", " ", "\\", "\ud7ff"]


def texts(pieces, seed, rounds):
    chance = random.Random(seed)
    for number in range(rounds):
        if number % 4 == 0:
            yield bytes(chance.randrange(256) for _ in range(chance.randrange(24))).decode("latin-1")
        else:
            yield "".join(chance.choice(pieces) for _ in range(chance.randrange(14)))


@pytest.mark.parametrize("rounds", ROUNDS)
@pytest.mark.parametrize("parse", [parse_filter, parse_patch_path, parse_attribute_path])
def test_filters_and_paths_survive_random_text(parse, rounds):
    survive(parse, texts(WORDS, 7, rounds))


@pytest.mark.parametrize("rounds", ROUNDS)
def test_json_parser_survives_random_text(rounds):
    survive(parse_json, (text.encode("utf-8", "surrogatepass") for text in texts(JSON_PIECES, 8, rounds)))


VALUES = [
    None,
    True,
    False,
    0,
    -1,
    2**70,
    1.5,
    "",
    "x",
    "add",
    "Replace",
    "emails",
    'emails[type eq "a"].value',
    [],
    {},
]
KEYS = [
    "schemas",
    "Operations",
    "op",
    "path",
    "value",
    "userName",
    "emails",
    "name",
    "id",
    "attributes",
    "type",
    "endpoint",
]


def document(chance, depth=0):
    kind = chance.randrange(6) if depth < 4 else 0
    if kind < 3:
        return chance.choice(VALUES)
    if kind == 3:
        return [document(chance, depth + 1) for _ in range(chance.randrange(3))]
    return {chance.choice(KEYS): document(chance, depth + 1) for _ in range(chance.randrange(5))}


def patch_of(value):
    operations = parse_patch({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], **value}, Leniency())
    apply(operations, {"userName": "neo", "emails": [{"value": "a", "type": "a"}]}, USER_RESOURCE, Leniency())


@pytest.mark.parametrize("rounds", ROUNDS)
@pytest.mark.parametrize(
    "parse",
    [
        patch_of,
        lambda value: clean(value, USER_RESOURCE, Leniency()),
        parse_schema,
        parse_resource_type,
    ],
    ids=["patch", "user", "schema", "resource type"],
)
def test_parsers_survive_random_documents(parse, rounds):
    chance = random.Random(9)
    made = (document(chance) for _ in range(rounds // 2))
    survive(parse, (value if isinstance(value, dict) else {"Operations": value, "userName": value} for value in made))


def survive(parse, inputs):
    for text in inputs:
        try:
            parse(text)
        except ScimError:
            pass
        except Exception as error:
            raise AssertionError(f"{text!r}") from error
