"""Compiles filters to SQL. Only this module and `order.py` build SQL from client input.

Selects exactly the rows whose document `scim.protocol.match.matches` accepts. Client input is only used in
parameters; names of columns and attributes come from the bindings and the schema. If a binding has a column for an
attribute, that column (and its index) is used. All other values are read from the document.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from controlhub.sql.conditions import FALSE, TRUE, Condition, Parameters, all_of, any_of, exists, negate
from scim.protocol.errors import InvalidFilter
from scim.protocol.match import (
    comparable,
    require_element_leaf,
    require_leaf,
    require_target,
    require_value_path,
    searched,
)
from scim.protocol.nodes import And, Comparison, Node, Not, Operator, Or, Present, ValuePath
from scim.protocol.schemas import Attribute, ResourceSchema, Target
from scim.resources.queries.bindings import Bindings, ColumnTest
from scim.resources.queries.comparisons import compare_text


def where(
    node: Node,
    schema: ResourceSchema,
    bindings: Bindings,
    values: Parameters,
    others: Sequence[ResourceSchema] = (),
    *,
    is_scan: bool = False,
) -> Condition:
    """The condition of a filter on rows of `bindings.table`. Raises InvalidFilter if the filter is not valid.

    Its values are added to `values`. `others` are the other types in the query; an attribute that only they have is
    treated as one without a value (RFC 7644 §3.4.2.1). With `is_scan`, no index is used.
    """
    tests = bindings.scan_tests if is_scan else bindings.tests
    condition = _Compiler(schema, bindings, tests, values, tuple(others)).compile(node)
    return condition.for_scan if is_scan else condition


def _holds_without_value(node: Comparison | Present | ValuePath) -> bool:
    """Whether a test holds for a resource that cannot have the attribute: a missing value only equals null."""
    if not isinstance(node, Comparison):
        return False
    return node.operator is Operator.EQ if node.value is None else node.operator is Operator.NE


@dataclass(frozen=True)
class _Compiler:
    schema: ResourceSchema
    bindings: Bindings
    tests: Mapping[str, ColumnTest]
    values: Parameters
    others: tuple[ResourceSchema, ...] = ()

    def compile(self, node: Node) -> Condition:
        if isinstance(node, And):
            return all_of(self.compile(term) for term in node.terms)
        if isinstance(node, Or):
            return any_of(self.compile(term) for term in node.terms)
        if isinstance(node, Not):
            return negate(self.compile(node.term))
        if self._is_of_others(node):
            return TRUE if _holds_without_value(node) else FALSE
        if isinstance(node, ValuePath):
            return self._value_path(node)
        if isinstance(node, Present):
            return self._present(node)
        return self._comparison(node)

    def _is_of_others(self, node: Comparison | Present | ValuePath) -> bool:
        if not self.others or self.schema.resolve(node.path) is not None:
            return False
        return any(schema.resolve(node.path) is not None for schema in self.others)

    # --- one comparison ---
    def _comparison(self, node: Comparison) -> Condition:
        target, leaf = require_leaf(node.path, self.schema)
        if node.value is None:
            comparable(node.operator, None, leaf)
            present = self._present(Present(node.path))
            return present if node.operator is Operator.NE else negate(present)
        target, leaf = searched(target, leaf)
        comparable(node.operator, node.value, leaf)
        if (test := self.tests.get(str(target))) and (found := test(node, self.values)):
            return found
        if node.operator is Operator.NE:
            return negate(self._compare(target, leaf, Comparison(node.path, Operator.EQ, node.value)))
        return self._compare(target, leaf, node)

    def _compare(self, target: Target, leaf: Attribute, node: Comparison) -> Condition:
        attribute = require_attribute(target)
        require_stored(attribute, leaf, self.bindings)
        if not attribute.multi_valued and attribute.name not in self.bindings.elements:
            return compare_text(f"({self._value(target)} #>> '{{}}')", leaf, node, self.values)
        element = "(e.e #>> '{}')" if target.sub is None else f"(e.e ->> {literal(leaf.name)})"
        return exists(self._elements(target), compare_text(element, leaf, node, self.values))

    def _present(self, node: Present) -> Condition:
        target = require_target(node.path, self.schema)
        if str(target) in self.bindings.always_present:
            return TRUE
        attribute = require_attribute(target)
        if attribute.name in self.bindings.elements or (attribute.multi_valued and target.sub):
            element = f"(e.e ->> {literal(target.sub.name)})" if target.sub else "(e.e #>> '{}')"
            return exists(self._elements(target), is_present(element))
        return is_present(f"({self._value(target)} #>> '{{}}')")

    def _value_path(self, node: ValuePath) -> Condition:
        attribute = require_value_path(node.path, self.schema)
        if attribute.name == "meta":
            raise InvalidFilter("'meta' cannot have a value filter. Name one of its attributes, as in meta.created.")
        target = require_target(node.path, self.schema)
        holds = exists(self._elements(target), self._condition(node.condition, attribute))
        narrowed = self._narrowing(node, target)
        return all_of([*narrowed, holds]) if narrowed else holds

    def _narrowing(self, node: ValuePath, target: Target) -> list[Condition]:
        """The conditions of `emails[type eq "work" and value eq "x"]` that an index serves: some email is "x"."""
        test = self.tests.get(f"{target}.value")
        terms = node.condition.terms if isinstance(node.condition, And) else (node.condition,)
        equal = [term for term in terms if isinstance(term, Comparison) and term.operator is Operator.EQ and term.value]
        named = [term for term in equal if term.path.name.lower() == "value"]
        return [found for term in named if test and (found := test(term, self.values))]

    def _condition(self, node: Node, attribute: Attribute) -> Condition:
        """A condition in brackets, on the element `e.e`."""
        if isinstance(node, And | Or):
            join = all_of if isinstance(node, And) else any_of
            return join(self._condition(term, attribute) for term in node.terms)
        if isinstance(node, Not):
            return negate(self._condition(node.term, attribute))
        if isinstance(node, ValuePath):
            raise InvalidFilter("A value filter cannot contain another value filter.")
        leaf = require_element_leaf(node.path, attribute)
        require_stored(attribute, leaf, self.bindings)
        text = f"(e.e ->> {literal(leaf.name)})" if attribute.is_complex else "(e.e #>> '{}')"
        if isinstance(node, Present):
            return is_present(text)
        if node.value is None:
            comparable(node.operator, None, leaf)
            return is_present(text) if node.operator is Operator.NE else negate(is_present(text))
        if node.operator is Operator.NE:
            equal = Comparison(node.path, Operator.EQ, node.value)
            return negate(compare_text(text, leaf, equal, self.values))
        return compare_text(text, leaf, node, self.values)

    # --- where values are stored ---
    def _value(self, target: Target) -> str:
        return json_value(target, self.bindings)

    def _elements(self, target: Target) -> str:
        attribute = require_attribute(target)
        if (query := self.bindings.elements.get(attribute.name)) and target.extension is None:
            return query
        value = self._value(Target(target.extension, attribute))
        return f"SELECT e FROM jsonb_array_elements({as_array(value)}) AS e"


def json_value(target: Target, bindings: Bindings) -> str:
    """The SQL expression for a target in the document, as jsonb."""
    names = [target.extension, require_attribute(target).name, target.sub.name if target.sub else None]
    steps = "".join(f" -> {literal(name)}" for name in names if name)
    return f"({bindings.document}{steps})"


def literal(name: str) -> str:
    """A schema's name as an SQL literal. `parse_schema` rejects quotes and percent signs; both are doubled anyway."""
    return "'" + name.replace("'", "''").replace("%", "%%") + "'"


def require_attribute(target: Target) -> Attribute:
    if target.attribute is None:
        raise InvalidFilter("An extension cannot be compared. Name one of its attributes.")
    return target.attribute


def require_stored(attribute: Attribute, leaf: Attribute, bindings: Bindings) -> None:
    """Raises InvalidFilter for values that only responses have: the URLs of groups and members."""
    if attribute.name in bindings.elements and leaf.name == "$ref":
        raise InvalidFilter(f"'{attribute.name}.$ref' cannot be filtered; use '{attribute.name}.value'.")


def as_array(value: str) -> str:
    return f"CASE jsonb_typeof({value}) WHEN 'array' THEN {value} WHEN 'object' THEN jsonb_build_array({value}) END"


def is_present(text: str) -> Condition:
    return Condition(f"{text} <> ''")
