"""Any filter tree survives conversion to text and back."""

import string

from hypothesis import given
from hypothesis import strategies as some

from scim.protocol.grammar import parse_filter, parse_patch_path
from scim.protocol.nodes import And, AttributePath, Comparison, Not, Operator, Or, PatchPath, Present, ValuePath

LETTERS = string.ascii_letters
RESERVED = {"not", "and", "or", "pr", "true", "false", "null"} | set(Operator)
# Built directly: with filtering, Hypothesis would discard many trees.
NAMES = some.builds(
    lambda first, rest: f"{first}{rest}_" if f"{first}{rest}".lower() in RESERVED else f"{first}{rest}",
    some.sampled_from(LETTERS),
    some.text(LETTERS + string.digits + "_-", max_size=8),
)
URNS = some.sampled_from(
    [None, "urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]
)
PATHS = some.builds(AttributePath, NAMES, some.none() | NAMES, URNS)
PLAIN = some.builds(AttributePath, NAMES, some.none(), URNS)
TEXTS = some.text(some.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
NUMBERS = some.integers(-(2**53), 2**53) | some.floats(allow_nan=False, allow_infinity=False)
VALUES = some.none() | some.booleans() | TEXTS | NUMBERS
LEAVES = some.builds(Comparison, PATHS, some.sampled_from(Operator), VALUES) | some.builds(Present, PATHS)
IN_BRACKETS = some.builds(Comparison, some.builds(AttributePath, NAMES), some.sampled_from(Operator), VALUES)


def several(kind, children):
    """`and` or `or` of several terms. Terms of the same kind are joined, as in a parser."""

    def joined(terms):
        return kind(tuple(part for term in terms for part in (term.terms if isinstance(term, kind) else [term])))

    return some.lists(children, min_size=2, max_size=3).map(joined)


def trees(leaves):
    return some.recursive(
        leaves, lambda inner: several(And, inner) | several(Or, inner) | some.builds(Not, inner), max_leaves=8
    )


VALUE_PATHS = some.builds(ValuePath, PLAIN, trees(IN_BRACKETS))


@given(trees(LEAVES | VALUE_PATHS))
def test_filter_survives_a_round_trip(node):
    assert parse_filter(str(node)) == node


@given(some.builds(PatchPath, PLAIN, trees(IN_BRACKETS), some.none() | NAMES))
def test_patch_path_survives_a_round_trip(path):
    assert parse_patch_path(str(path)) == path
