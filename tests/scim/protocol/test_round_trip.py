"""Filter text → tree → text, for any tree."""

from hypothesis import given, settings
from hypothesis import strategies as some

from scim.protocol.grammar import parse_filter, parse_patch_path
from scim.protocol.nodes import And, AttributePath, Comparison, Not, Operator, Or, PatchPath, Present, ValuePath

NAMES = some.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,8}", fullmatch=True).filter(
    lambda name: name.lower() not in {"not", "and", "or", "pr", "true", "false", "null"} | set(Operator)
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
    """`and` of what is no `and`, `or` of what is no `or`: a parser joins equal ones."""
    return some.lists(children.filter(lambda node: not isinstance(node, kind)), min_size=2, max_size=3).map(
        lambda terms: kind(tuple(terms))
    )


def trees(leaves):
    return some.recursive(
        leaves, lambda inner: several(And, inner) | several(Or, inner) | some.builds(Not, inner), max_leaves=8
    )


VALUE_PATHS = some.builds(ValuePath, PLAIN, trees(IN_BRACKETS))


@settings(max_examples=1_000, deadline=None)
@given(trees(LEAVES | VALUE_PATHS))
def test_filters(node):
    assert parse_filter(str(node)) == node


@settings(max_examples=300, deadline=None)
@given(some.builds(PatchPath, PLAIN, trees(IN_BRACKETS), some.none() | NAMES))
def test_patch_paths(path):
    assert parse_patch_path(str(path)) == path
