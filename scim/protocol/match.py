"""Evaluates filters on documents in memory, typed by the schema.

`scim.resources.queries.filters` must select exactly the documents for which `matches` is true (RFC 7644 §3.4.2.2).
An attribute without a value satisfies only `ne` and `eq null`. A multi-valued attribute satisfies a comparison if one
of its elements does.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from scim.protocol.errors import InvalidFilter
from scim.protocol.nodes import And, AttributePath, Comparison, Node, Not, Operator, Or, Present, Scalar, ValuePath
from scim.protocol.schemas import Attribute, Document, Json, ResourceSchema, Returned, Target, Type
from scim.protocol.values import fold, is_instance, parse_date_time

SUBSTRING = frozenset({Operator.CO, Operator.SW, Operator.EW})
ORDER = frozenset({Operator.GT, Operator.GE, Operator.LT, Operator.LE})


def matches(node: Node, document: Document, schema: ResourceSchema) -> bool:
    """Whether the whole document satisfies `node`. Raises InvalidFilter if any part of the filter is not valid."""
    if isinstance(node, And):
        return all([matches(term, document, schema) for term in node.terms])
    if isinstance(node, Or):
        return any([matches(term, document, schema) for term in node.terms])
    if isinstance(node, Not):
        return not matches(node.term, document, schema)
    if isinstance(node, ValuePath):
        holds = element_test(node.condition, require_value_path(node.path, schema))
        return any([holds(item) for item in _elements(node.path, document, schema)])
    target, leaf = require_leaf(node.path, schema)
    return _values_test(node, leaf)(leaf_values(target, document))


def element_test(node: Node, attribute: Attribute) -> Callable[[Json], bool]:
    """Compile a condition in brackets into a function that tests one element. Raises InvalidFilter."""
    if isinstance(node, And):
        tests = [element_test(term, attribute) for term in node.terms]
        return lambda element: all(test(element) for test in tests)
    if isinstance(node, Or):
        return _any_of(node, attribute)
    if isinstance(node, Not):
        test = element_test(node.term, attribute)
        return lambda element: not test(element)
    if isinstance(node, ValuePath):
        raise InvalidFilter("A value filter cannot contain another value filter.")
    leaf = require_element_leaf(node.path, attribute)
    holds = _values_test(node, leaf)
    return lambda element: holds(_values_of(element, attribute, leaf))


def _any_of(node: Or, attribute: Attribute) -> Callable[[Json], bool]:
    """Compile `value eq "a" or value eq "b"` with any number of strings into a single lookup."""
    texts: dict[str, set[str]] = {}
    tests = []
    for term in node.terms:
        if isinstance(term, Comparison) and term.operator is Operator.EQ and isinstance(term.value, str):
            leaf = require_element_leaf(term.path, attribute)
            if isinstance(wanted := comparable(term.operator, term.value, leaf), str):
                texts.setdefault(leaf.name, set()).add(wanted)
                continue
        tests.append(element_test(term, attribute))
    for name, known in texts.items():
        tests.append(_is_one_of(known, attribute.sub(name) or attribute, attribute))
    return lambda element: any(test(element) for test in tests)


def _is_one_of(known: set[str], leaf: Attribute, attribute: Attribute) -> Callable[[Json], bool]:
    def test(element: Json) -> bool:
        present = [value for value in _values_of(element, attribute, leaf) if value not in _NOTHING]
        return any(stored(value, leaf, Operator.EQ) in known for value in present)

    return test


def _values_of(element: Json, attribute: Attribute, leaf: Attribute) -> list[Json]:
    value = element.get(leaf.name) if attribute.is_complex and isinstance(element, dict) else element
    return value if isinstance(value, list) else [] if value is None else [value]


def require_target(path: AttributePath, schema: ResourceSchema) -> Target:
    """The target of a filter's path."""
    return require_leaf(path, schema)[0]


def require_leaf(path: AttributePath, schema: ResourceSchema) -> tuple[Target, Attribute]:
    """The target of a filter's path, and its attribute or sub-attribute. Raises InvalidFilter."""
    target = schema.resolve(path)
    if target is None or target.leaf is None:
        raise InvalidFilter(f"There is no attribute '{path}'.")
    if is_secret(target):
        raise InvalidFilter(f"'{path}' cannot be filtered.")
    return target, target.leaf


def is_secret(target: Target) -> bool:
    """Whether clients must not learn the value, even by filtering (RFC 7643 §7, `returned: never`)."""
    return any(part is not None and part.returned is Returned.NEVER for part in (target.attribute, target.sub))


def require_value_path(path: AttributePath, schema: ResourceSchema) -> Attribute:
    target = require_target(path, schema)
    if target.sub or not target.attribute or not (target.attribute.multi_valued or target.attribute.is_complex):
        raise InvalidFilter(f"'{path}' is not complex and cannot have a value filter.")
    return target.attribute


def require_element_leaf(path: AttributePath, attribute: Attribute) -> Attribute:
    """The sub-attribute of a path in brackets. `value` refers to a simple element itself. Raises InvalidFilter."""
    if not attribute.is_complex:
        if path.name.lower() == "value" and not path.sub:
            return attribute
    elif not path.urn and not path.sub and (leaf := attribute.sub(path.name)):
        if leaf.returned is Returned.NEVER:
            raise InvalidFilter(f"'{attribute.name}.{leaf.name}' cannot be filtered.")
        return leaf
    raise InvalidFilter(f"'{attribute.name}' has no sub-attribute '{path}'.")


def comparable(operator: Operator, value: Scalar, attribute: Attribute) -> Any:
    """The filter's value in the form used for comparison (RFC 7644 table 3). Raises InvalidFilter."""
    if value is None:
        if operator not in {Operator.EQ, Operator.NE}:
            raise InvalidFilter("null can only be compared with eq and ne.")
        return None
    if attribute.is_complex:
        raise InvalidFilter(f"'{attribute.name}' is complex. Name one of its sub-attributes.")
    if operator in SUBSTRING and not isinstance(value, str):
        raise InvalidFilter(f"'{operator}' compares strings. Put the value in double quotes.")
    if operator in SUBSTRING and attribute.type in {Type.BOOLEAN, Type.INTEGER, Type.DECIMAL, Type.DATE_TIME}:
        raise InvalidFilter(f"'{attribute.name}' has type {attribute.type}, but '{operator}' compares strings.")
    if operator in ORDER and attribute.type in {Type.BOOLEAN, Type.BINARY}:
        raise InvalidFilter(f"'{attribute.name}' has type {attribute.type}, which has no order.")
    return _typed(operator, value, attribute)


def _typed(operator: Operator, value: Scalar, attribute: Attribute) -> Any:
    if attribute.type is Type.BOOLEAN and isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"  # Entra quotes booleans in filters: roles[primary eq "True"]
    if (
        attribute.type in {Type.INTEGER, Type.DECIMAL}
        and isinstance(value, int | float)
        and not isinstance(value, bool)
    ):
        return Decimal(str(value))
    if attribute.type is Type.DATE_TIME and operator not in SUBSTRING and isinstance(value, str):
        moment = parse_date_time(value)
        if moment is None:
            raise InvalidFilter(f"'{value}' is not a date and time such as 2026-01-31T12:00:00Z.")
        return moment
    if not is_instance(value, attribute):
        raise InvalidFilter(f"'{attribute.name}' has type {attribute.type}; the value has another type.")
    if isinstance(value, str):
        return value if attribute.case_exact else fold(value)
    return value


def searched(target: Target, leaf: Attribute) -> tuple[Target, Attribute]:
    """The leaf that is compared: `emails` alone means `emails.value`."""
    if leaf.is_complex and target.sub is None and (value := leaf.sub("value")):
        return Target(target.extension, target.attribute, value), value
    return target, leaf


def leaf_values(target: Target, document: Document) -> list[Json]:
    """The values at a target, flattened; empty if there are none."""
    holder = document.get(target.extension, {}) if target.extension else document
    value = holder.get(target.attribute.name) if target.attribute else None
    items = value if isinstance(value, list) else [] if value is None else [value]
    if target.sub is None:
        return items
    return [item[target.sub.name] for item in items if isinstance(item, dict) and item.get(target.sub.name) is not None]


def _elements(path: AttributePath, document: Document, schema: ResourceSchema) -> list[Json]:
    return leaf_values(require_target(path, schema), document)


_NOTHING: tuple[Json, ...] = (None, "", [], {})


def _values_test(node: Comparison | Present, leaf: Attribute) -> Callable[[list[Json]], bool]:
    """Compile a comparison into a function that tests the attribute's values."""
    if isinstance(node, Present):
        return lambda values: any(value not in _NOTHING for value in values)
    compared, is_bare = leaf, False
    if leaf.is_complex and node.value is not None and (sub := leaf.sub("value")):
        compared, is_bare = sub, True
    operator, wanted = node.operator, comparable(node.operator, node.value, compared)
    if wanted is None:
        return lambda values: any(value not in _NOTHING for value in values) is (operator is Operator.NE)
    is_negated = operator is Operator.NE
    test = _TESTS[Operator.EQ if is_negated else operator]

    def holds(values: list[Json]) -> bool:
        present = [value for value in values if value not in _NOTHING]
        if is_bare:
            present = [item["value"] for item in present if isinstance(item, dict) and item.get("value")]
        return any(test(stored(value, compared, operator), wanted) for value in present) is not is_negated

    return holds


def stored(value: Json, attribute: Attribute, operator: Operator) -> Any:
    """A stored value in the form used for comparison."""
    if attribute.type is Type.DATE_TIME and operator not in SUBSTRING:
        return parse_date_time(value)
    if attribute.type in {Type.INTEGER, Type.DECIMAL}:
        return Decimal(str(value))
    if isinstance(value, str):
        return value if attribute.case_exact else fold(value)
    return value


_TESTS: dict[Operator, Callable[[Any, Any], bool]] = {
    Operator.EQ: lambda have, want: have == want,
    Operator.CO: lambda have, want: want in have,
    Operator.SW: lambda have, want: have.startswith(want),
    Operator.EW: lambda have, want: have.endswith(want),
    Operator.GT: lambda have, want: have > want,
    Operator.GE: lambda have, want: have >= want,
    Operator.LT: lambda have, want: have < want,
    Operator.LE: lambda have, want: have <= want,
}
