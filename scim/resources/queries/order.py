"""Compiles `sortBy` to SQL (RFC 7644 §3.4.2.3): by the attribute's type, then by ordinal for a total order."""

from dataclasses import dataclass

from controlhub.sql.sort_keys import SORTED
from scim.protocol.errors import InvalidPath, InvalidValue
from scim.protocol.grammar import parse_attribute_path
from scim.protocol.match import is_secret
from scim.protocol.schemas import Attribute, Json, ResourceSchema, Target, Type
from scim.resources.queries.bindings import Bindings, SortColumn
from scim.resources.queries.comparisons import moment
from scim.resources.queries.filters import as_array, json_value, literal

_CASTS = {
    Type.BOOLEAN: "boolean",
    Type.INTEGER: "numeric",
    Type.DECIMAL: "numeric",
}
_DESCENDING = {"ascending": False, "descending": True}


@dataclass(frozen=True, slots=True)
class Sort:
    """The requested order. Without `by`, resources are in order of creation."""

    by: str | None = None
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """An order of rows: by a column, if there is one, then by `key`. A row without a value sorts last.

    Descending order reverses the whole order, so that one index serves both directions.
    """

    key: str
    column: SortColumn | None = None
    descending: bool = False

    @property
    def expression(self) -> str | None:
        return self.column.expression if self.column else None

    @property
    def is_indexed(self) -> bool:
        """Whether an index has the rows in this order."""
        return self.column is None or self.column.is_indexed

    def terms(self, *, backwards: bool = False) -> str:
        """The terms of ORDER BY."""
        direction = "DESC" if self.descending is not backwards else "ASC"
        key = f"{self.key} {direction}"
        if self.column is None:
            return key
        first = f"{self.column.expression} {direction}"
        return first if self.column.is_unique else f"{first}, {key}"

    def after(self, *, has_value: bool, backwards: bool = False) -> str:
        """A condition for the rows after a position, or before it if `backwards`.

        The position is in the parameters `after_ordinal` and, if `has_value`, `after_value`.
        """
        rising = self.descending is backwards
        sign = ">" if rising else "<"
        later = f"{self.key} {sign} %(after_ordinal)s"
        if self.column is None:
            return later
        expression, wanted = self.column.expression, f"%(after_value)s::{self.column.cast}"
        if self.column.is_unique:
            return f"{expression} {sign} {wanted}"
        if self.column.is_total:
            return f"({expression}, {self.key}) {sign} ({wanted}, %(after_ordinal)s)"
        if not has_value:
            same = f"{expression} IS NULL AND {later}"
            return same if rising else f"{expression} IS NOT NULL OR ({same})"
        further = f"{expression} > {wanted} OR {expression} IS NULL" if rising else f"{expression} < {wanted}"
        return f"{further} OR ({expression} = {wanted} AND {later})"


def parse_sort(by: Json, order: Json) -> Sort:
    """Parse `sortBy` and `sortOrder`. Raises InvalidValue."""
    if by is None or by == "":
        return Sort()
    if not isinstance(by, str):
        raise InvalidValue("'sortBy' must name an attribute.")
    descending = _DESCENDING.get(str(order or "ascending").lower())
    if descending is None:
        raise InvalidValue("'sortOrder' must be ascending or descending.")
    return Sort(by, descending)


def order_of(sort: Sort, schema: ResourceSchema, bindings: Bindings) -> Order:
    """The order that a client requested."""
    key = f"{bindings.table.name}.ordinal"
    if sort.by is None:
        return Order(key)
    return Order(key, _column(sort.by, schema, bindings), sort.descending)


def _column(name: str, schema: ResourceSchema, bindings: Bindings) -> SortColumn:
    target = _target(name, schema)
    if is_secret(target):
        raise InvalidValue(f"Resources cannot be sorted by '{name}'.")
    attribute = target.attribute
    leaf = target.leaf
    if leaf is not None and leaf.is_complex and target.sub is None and (value := leaf.sub("value")):
        target, leaf = Target(target.extension, attribute, value), value
    if bound := bindings.order.get(str(target)):
        return bound
    if attribute is None or leaf is None or leaf.is_complex or attribute.name in bindings.elements:
        raise InvalidValue(f"Resources cannot be sorted by '{name}'.")
    if attribute.name in {"meta", "schemas"}:
        raise InvalidValue(f"Resources cannot be sorted by '{name}'.")
    return _typed(_text(target, attribute, leaf, bindings), leaf)


def _target(name: str, schema: ResourceSchema) -> Target:
    try:
        target = schema.resolve(parse_attribute_path(name))
    except InvalidPath:
        target = None
    if target is None:
        raise InvalidValue(f"'sortBy' names no attribute of this resource: '{name}'.")
    return target


def _text(target: Target, attribute: Attribute, leaf: Attribute, bindings: Bindings) -> str:
    """The value as text. If there are several, that of the primary or first element (RFC 7644 §3.4.2.3)."""
    if not attribute.multi_valued:
        return f"({json_value(target, bindings)} #>> '{{}}')"
    element = f"x.e ->> {literal(leaf.name)}" if target.sub else "x.e #>> '{}'"
    elements = as_array(json_value(Target(target.extension, attribute), bindings))
    first = "(x.e ->> 'primary') IS NOT DISTINCT FROM 'true' DESC, x.n" if attribute.is_complex else "x.n"
    return (
        f"(SELECT {element} FROM jsonb_array_elements({elements}) WITH ORDINALITY AS x(e, n) ORDER BY {first} LIMIT 1)"
    )


def _typed(text: str, leaf: Attribute) -> SortColumn:
    if leaf.type is Type.DATE_TIME:
        return SortColumn(moment(text), "timestamptz")
    if cast := _CASTS.get(leaf.type):
        return SortColumn(f"{text}::{cast}", cast)
    compared = text if leaf.case_exact else f"controlhub_fold({text})"
    return SortColumn(f"NULLIF(left({compared}, {SORTED}), '') COLLATE \"C\"")
