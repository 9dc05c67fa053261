"""`sortBy` to SQL (RFC 7644 §3.4.2.3): by the attribute's type, then by id, so that the order is total."""

from dataclasses import dataclass

from scim.protocol.errors import InvalidPath, InvalidValue
from scim.protocol.grammar import parse_attribute_path
from scim.protocol.schemas import Attribute, Json, ResourceSchema, Target, Type
from scim.resources.sql import Bindings, as_array, json_value

_CASTS = {
    Type.BOOLEAN: "boolean",
    Type.INTEGER: "numeric",
    Type.DECIMAL: "numeric",
    Type.DATE_TIME: "timestamptz",
}
_DIRECTIONS = {"ascending": "ASC", "descending": "DESC"}


@dataclass(frozen=True, slots=True)
class Sort:
    """What a client asked for; without `by` resources come in order of creation."""

    by: str | None = None
    direction: str = "ASC"


def parse_sort(by: Json, order: Json) -> Sort:
    """`sortBy` and `sortOrder`; InvalidValue for what is neither."""
    if by is None or by == "":
        return Sort()
    if not isinstance(by, str):
        raise InvalidValue("'sortBy' must name an attribute.")
    direction = _DIRECTIONS.get(str(order or "ascending").lower())
    if direction is None:
        raise InvalidValue("'sortOrder' must be ascending or descending.")
    return Sort(by, direction)


def order_by(sort: Sort, schema: ResourceSchema, bindings: Bindings) -> str:
    """The terms of ORDER BY. Who lacks the attribute comes last, descending first."""
    key = f"{bindings.table}.id"
    if sort.by is None:
        return f"{bindings.table}.organization_id, {key}"  # the index over both is the plan
    return f"{_expression(sort.by, schema, bindings)} {sort.direction}, {key}"


def _expression(name: str, schema: ResourceSchema, bindings: Bindings) -> str:
    target = _target(name, schema)
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
    """The value as text: of several, that of the primary or the first (RFC 7644 §3.4.2.3)."""
    if not attribute.multi_valued:
        return f"({json_value(target, bindings)} #>> '{{}}')"
    element = f"x.e ->> '{leaf.name}'" if target.sub else "x.e #>> '{}'"
    elements = as_array(json_value(Target(target.extension, attribute), bindings))
    first = "(x.e ->> 'primary') IS NOT DISTINCT FROM 'true' DESC, x.n" if attribute.is_complex else "x.n"
    return (
        f"(SELECT {element} FROM jsonb_array_elements({elements}) WITH ORDINALITY AS x(e, n) ORDER BY {first} LIMIT 1)"
    )


def _typed(text: str, leaf: Attribute) -> str:
    if cast := _CASTS.get(leaf.type):
        return f"{text}::{cast}"
    return f"NULLIF({text if leaf.case_exact else f'controlhub_fold({text})'}, '') COLLATE \"C\""
