"""Nodes to SQL: the only query that is built from client text (style.md §7).

Selects exactly the rows whose document `scim.protocol.match.matches` accepts. Client text is only ever a
parameter; names of columns and attributes come from the bindings and the schema. Where a binding names a
column, that column (and its index) answers; everything else is read out of the document.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from scim.protocol.errors import InvalidFilter
from scim.protocol.match import (
    comparable,
    require_element_leaf,
    require_target,
    require_value_path,
    searched,
)
from scim.protocol.nodes import And, Comparison, Node, Not, Operator, Or, Present, ValuePath
from scim.protocol.schemas import Attribute, ResourceSchema, Target, Type


@dataclass(frozen=True, slots=True)
class Sql:
    """A condition and its parameters. Null counts as false: `negate` is the only place where that matters.

    A parameter may be a function of the organization's id; `within` fills it in.
    `is_vague` says that an index finds the rows, but that a plan made for any value cannot tell how few they are;
    `is_unscoped` that this index should be used alone: to cross it with one over organizations, as a plan might, would
    read all of the organization. `is_narrow` says that it asks for a value which few rows have: one, most often.
    `is_indexed` says that an index finds the rows, so that the cost grows with their number only. `complement` is a
    condition that has an index and holds for all other rows.
    """

    text: str
    params: tuple[Any, ...] = ()
    is_vague: bool = False
    is_unscoped: bool = False
    is_narrow: bool = False
    is_indexed: bool = False
    complement: "Sql | None" = None

    def within(self, organization_id: UUID) -> "Sql":
        """The same for the rows of one organization."""
        params = tuple(param(organization_id) if callable(param) else param for param in self.params)
        return replace(self, params=params, complement=self.complement and self.complement.within(organization_id))

    @property
    def for_scan(self) -> "Sql":
        """The same for a query that reads every row of an organization."""
        return Sql(self.text, self.params, complement=self.complement)


TRUE, FALSE = Sql("TRUE"), Sql("FALSE", is_indexed=True)
ColumnTest = Callable[[Comparison], Sql | None]


class SortColumn(NamedTuple):
    """An expression that rows are sorted by, and the type of its value.

    `is_total` says that every row has a value, `is_unique` that no two rows of an organization have the same one,
    `is_indexed` that an index has the rows of each organization in this order, then in the order of creation.
    """

    expression: str
    cast: str = "text"
    is_indexed: bool = False
    is_total: bool = False
    is_unique: bool = False


@dataclass(frozen=True)
class Bindings:
    """How a resource type's attributes lie in its table.

    `columns` maps a target such as `userName` or `emails.value` to a function from comparison to SQL; it may
    return None to leave the comparison to the document. `scanned` has others for queries that read every row anyway.
    `presence` does the same for `pr`, `order` for sorting.
    `elements` maps an attribute outside the document to a query that yields its elements as jsonb `e`.
    `discriminator` tells the rows that are served from others of the table, `kind` names them in the row counts.
    """

    table: str
    discriminator: Sql | None = None
    columns: Mapping[str, ColumnTest] = field(default_factory=dict)
    scanned: Mapping[str, ColumnTest] = field(default_factory=dict)
    presence: Mapping[str, Sql] = field(default_factory=dict)
    elements: Mapping[str, str] = field(default_factory=dict)
    order: Mapping[str, SortColumn] = field(default_factory=dict)
    kind: str = ""

    @property
    def name(self) -> str:
        return f'"{self.table}"'

    @property
    def document(self) -> str:
        return f"{self.name}.document::jsonb"


def where(
    node: Node,
    schema: ResourceSchema,
    bindings: Bindings,
    organization_id: UUID,
    others: Sequence[ResourceSchema] = (),
    *,
    is_scan: bool = False,
) -> Sql:
    """The condition of a filter on an organization's rows of `bindings.table`; InvalidFilter where it has no meaning.

    With `others`, the types that are searched with this one, an attribute that only they have is one without value
    here (RFC 7644 §3.4.2.1). With `is_scan`, no index is used.
    """
    if is_scan:
        bindings = replace(bindings, columns={**bindings.columns, **bindings.scanned})
    condition = _Compiler(schema, bindings, tuple(others)).compile(node).within(organization_id)
    return condition.for_scan if is_scan else condition


def _holds_without_value(node: Comparison | Present | ValuePath) -> bool:
    """Whether a test holds of a resource that cannot have the attribute: no value equals null, and nothing else."""
    if not isinstance(node, Comparison):
        return False
    return node.operator is Operator.EQ if node.value is None else node.operator is Operator.NE


def join(operator: str, terms: list[Sql]) -> Sql:
    text = f" {operator} ".join(f"({term.text})" for term in terms)
    enough = any if operator == "AND" else all
    is_indexed = enough(term.is_indexed for term in terms)
    # An index that finds the rows of one alternative leaves it open how few they are.
    is_vague = any(term.is_vague for term in terms) if is_indexed else enough(term.is_vague for term in terms)
    has_better = operator == "AND" and any(term.is_narrow and not term.is_unscoped for term in terms)
    return Sql(
        text,
        tuple(param for term in terms for param in term.params),
        is_vague=is_vague,
        is_unscoped=enough(term.is_unscoped for term in terms) and not has_better,
        is_narrow=enough(term.is_narrow for term in terms),
        is_indexed=is_indexed,
    )


def negate(term: Sql) -> Sql:
    return Sql(f"({term.text}) IS NOT TRUE", term.params, complement=term if term.is_indexed else None)


@dataclass(frozen=True)
class _Compiler:
    schema: ResourceSchema
    bindings: Bindings
    others: tuple[ResourceSchema, ...] = ()

    def compile(self, node: Node) -> Sql:
        if isinstance(node, And):
            return join("AND", [self.compile(term) for term in node.terms])
        if isinstance(node, Or):
            return join("OR", [self.compile(term) for term in node.terms])
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
    def _comparison(self, node: Comparison) -> Sql:
        target = require_target(node.path, self.schema)
        if node.value is None:
            comparable(node.operator, None, require_leaf(target))
            present = self._present(Present(node.path))
            return present if node.operator is Operator.NE else negate(present)
        target, leaf = searched(target)
        comparable(node.operator, node.value, leaf)
        if (test := self.bindings.columns.get(str(target))) and (sql := test(node)):
            return sql
        if node.operator is Operator.NE:
            return negate(self._compare(target, leaf, Comparison(node.path, Operator.EQ, node.value)))
        return self._compare(target, leaf, node)

    def _compare(self, target: Target, leaf: Attribute, node: Comparison) -> Sql:
        attribute = require_attribute(target)
        require_stored(attribute, leaf, self.bindings)
        if not attribute.multi_valued and attribute.name not in self.bindings.elements:
            return compare_text(f"({self._value(target)} #>> '{{}}')", leaf, node)
        element = "(e.e #>> '{}')" if target.sub is None else f"(e.e ->> {literal(leaf.name)})"
        return exists(self._elements(target), compare_text(element, leaf, node))

    def _present(self, node: Present) -> Sql:
        target = require_target(node.path, self.schema)
        if bound := self.bindings.presence.get(str(target)):
            return bound
        attribute = require_attribute(target)
        if attribute.name in self.bindings.elements or (attribute.multi_valued and target.sub):
            element = f"(e.e ->> {literal(target.sub.name)})" if target.sub else "(e.e #>> '{}')"
            return exists(self._elements(target), is_present(element))
        return is_present(f"({self._value(target)} #>> '{{}}')")

    def _value_path(self, node: ValuePath) -> Sql:
        attribute = require_value_path(node.path, self.schema)
        if attribute.name == "meta":
            raise InvalidFilter("'meta' takes no filter in brackets; name one of its attributes, as in meta.created.")
        target = require_target(node.path, self.schema)
        holds = exists(self._elements(target), self._condition(node.condition, attribute))
        narrowed = self._narrowing(node, target)
        return join("AND", [*narrowed, holds]) if narrowed else holds

    def _narrowing(self, node: ValuePath, target: Target) -> list[Sql]:
        """What an index can say of `emails[type eq "work" and value eq "x"]`: some e-mail is "x"."""
        test = self.bindings.columns.get(f"{target}.value")
        terms = node.condition.terms if isinstance(node.condition, And) else (node.condition,)
        equal = [term for term in terms if isinstance(term, Comparison) and term.operator is Operator.EQ and term.value]
        named = [term for term in equal if term.path.name.lower() == "value"]
        return [sql for term in named if test and (sql := test(term))]

    def _condition(self, node: Node, attribute: Attribute) -> Sql:
        """A condition between brackets, on the element `e.e`."""
        if isinstance(node, And | Or):
            operator = "AND" if isinstance(node, And) else "OR"
            return join(operator, [self._condition(term, attribute) for term in node.terms])
        if isinstance(node, Not):
            return negate(self._condition(node.term, attribute))
        if isinstance(node, ValuePath):
            raise InvalidFilter("A value filter cannot stand in another one.")
        leaf = require_element_leaf(node.path, attribute)
        require_stored(attribute, leaf, self.bindings)
        text = f"(e.e ->> {literal(leaf.name)})" if attribute.is_complex else "(e.e #>> '{}')"
        if isinstance(node, Present):
            return is_present(text)
        if node.value is None:
            comparable(node.operator, None, leaf)
            return is_present(text) if node.operator is Operator.NE else negate(is_present(text))
        if node.operator is Operator.NE:
            return negate(compare_text(text, leaf, Comparison(node.path, Operator.EQ, node.value)))
        return compare_text(text, leaf, node)

    # --- where values lie ---
    def _value(self, target: Target) -> str:
        return json_value(target, self.bindings)

    def _elements(self, target: Target) -> str:
        attribute = require_attribute(target)
        if (query := self.bindings.elements.get(attribute.name)) and target.extension is None:
            return query
        value = self._value(Target(target.extension, attribute))
        return f"SELECT e FROM jsonb_array_elements({as_array(value)}) AS e"


def json_value(target: Target, bindings: Bindings) -> str:
    """Where the document holds a target, as jsonb."""
    names = [target.extension, require_attribute(target).name, target.sub.name if target.sub else None]
    steps = "".join(f" -> {literal(name)}" for name in names if name)
    return f"({bindings.document}{steps})"


def literal(name: str) -> str:
    """A name of a schema as SQL text; `parse_schema` lets nothing in that would need to be quoted."""
    return "'" + name.replace("'", "''").replace("%", "%%") + "'"


def require_attribute(target: Target) -> Attribute:
    if target.attribute is None:
        raise InvalidFilter("A whole extension cannot be compared; name one of its attributes.")
    return target.attribute


def require_stored(attribute: Attribute, leaf: Attribute, bindings: Bindings) -> None:
    """InvalidFilter for what only the answer knows: the addresses of groups and members."""
    if attribute.name in bindings.elements and leaf.name == "$ref":
        raise InvalidFilter(f"'{attribute.name}.$ref' cannot be filtered; use '{attribute.name}.value'.")


def require_leaf(target: Target) -> Attribute:
    return target.sub or require_attribute(target)


def as_array(value: str) -> str:
    return f"CASE jsonb_typeof({value}) WHEN 'array' THEN {value} WHEN 'object' THEN jsonb_build_array({value}) END"


def exists(query: str, condition: Sql) -> Sql:
    return Sql(f"EXISTS (SELECT 1 FROM ({query}) AS e(e) WHERE {condition.text})", condition.params)


def is_present(text: str) -> Sql:
    return Sql(f"{text} <> ''")


def compare_text(text: str, attribute: Attribute, node: Comparison) -> Sql:
    """One comparison of a stored value, given as text, by the attribute's type."""
    wanted = comparable(node.operator, node.value, attribute)
    if isinstance(wanted, datetime):
        return _typed(moment(text), "timestamptz", node.operator, wanted)
    if attribute.type in {Type.INTEGER, Type.DECIMAL}:
        return _typed(f"{text}::numeric", "numeric", node.operator, wanted)
    if attribute.type is Type.BOOLEAN:
        return _typed(f"{text}::boolean", "boolean", node.operator, wanted)
    folded = text if attribute.case_exact else f"controlhub_fold({text})"
    return text_test(folded, node.operator, wanted)


def moment(text: str) -> str:
    """A stored xsd:dateTime as timestamptz, cut to microseconds as `parse_date_time` does it; a cast would round."""
    return f"regexp_replace({text}, '(\\.\\d{{6}})\\d+', '\\1')::timestamptz"


def _typed(expression: str, cast: str, operator: Operator, value: Any) -> Sql:
    return Sql(f"{expression} {SIGNS[operator]} %s::{cast}", (value,))


def prefix_test(column: str, prefix: str) -> Sql:
    """A column in the order of code points that begins with `prefix`: a range, which one plan serves for any prefix."""
    following = after_prefix(prefix)
    if following is None:
        return Sql(f"starts_with({column}, %s)", (prefix,))
    return Sql(f"{column} >= %s AND {column} < %s", (prefix, following), is_vague=True, is_indexed=True)


def after_prefix(prefix: str) -> str | None:
    """The least text that is greater than all that begin with `prefix`; None if there is none."""
    kept = prefix.rstrip("\U0010ffff")
    if not kept:
        return None
    following = ord(kept[-1]) + 1
    return kept[:-1] + chr(0xE000 if following == 0xD800 else following)


def text_test(expression: str, operator: Operator, value: str) -> Sql:
    """A comparison of text by code points."""
    if operator is Operator.CO:
        return Sql(f"strpos({expression}, %s) > 0", (value,))
    if operator is Operator.SW:
        return Sql(f"starts_with({expression}, %s)", (value,))
    if operator is Operator.EW:
        return Sql(f"right({expression}, length(%s::text)) = %s", (value, value))
    if operator in {Operator.EQ, Operator.NE}:
        return Sql(f"{expression} {SIGNS[operator]} %s", (value,))  # no collation: any index serves it
    return Sql(f'{expression} COLLATE "C" {SIGNS[operator]} %s', (value,))


SIGNS = {
    Operator.EQ: "=",
    Operator.NE: "<>",
    Operator.GT: ">",
    Operator.GE: ">=",
    Operator.LT: "<",
    Operator.LE: "<=",
}
