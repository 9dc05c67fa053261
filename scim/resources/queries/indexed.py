"""Determines, with the compiler itself, which filters and sorts of a resource type an index serves."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from controlhub.sql.conditions import Parameters
from scim.protocol.errors import InvalidFilter, InvalidValue
from scim.protocol.grammar import parse_attribute_path, parse_filter
from scim.protocol.nodes import Operator
from scim.protocol.schemas import ResourceSchema, Type
from scim.resources.queries.bindings import Bindings
from scim.resources.queries.filters import where
from scim.resources.queries.order import Sort, order_of

_UUID = UUID(int=0)
_SAMPLES: Mapping[Type, tuple[object, ...]] = {
    Type.BOOLEAN: (True, False),
    Type.DATE_TIME: ("2026-01-31T12:00:00Z",),
}
_IDS = {"id", "groups.value", "members.value"}


@dataclass(frozen=True, slots=True)
class Indexed:
    """Indexed comparisons by attribute (`eq`, or `eq false` if only that value is indexed), and sort attributes."""

    filters: Mapping[str, tuple[str, ...]]
    sorts: tuple[str, ...]

    def __str__(self) -> str:
        filters = ", ".join(f"{name} ({', '.join(operators)})" for name, operators in self.filters.items())
        return f"filters {filters}; sortBy {', '.join(self.sorts)}" if self.sorts else f"filters {filters}"


def indexed(schema: ResourceSchema, bindings: Bindings) -> Indexed:
    filters = {name: tuple(_comparisons(name, schema, bindings)) for name in bindings.tests}
    found = {name: comparisons for name, comparisons in filters.items() if comparisons}
    return Indexed(found, tuple(name for name in bindings.order if _is_sorted(name, schema, bindings)))


def _comparisons(name: str, schema: ResourceSchema, bindings: Bindings) -> Iterator[str]:
    values = samples(name, schema)
    for operator in Operator:
        served = [value for value in values if _is_found(f"{name} {operator} {json.dumps(value)}", schema, bindings)]
        if len(served) == len(values):
            yield str(operator)
        else:
            yield from (f"{operator} {json.dumps(value)}" for value in served)


def samples(name: str, schema: ResourceSchema) -> tuple[object, ...]:
    """Sample values that the attribute can be compared with."""
    target = schema.resolve(parse_attribute_path(name))
    if name in _IDS or target is None or target.leaf is None:
        return (str(_UUID),)
    return _SAMPLES.get(target.leaf.type, ("sample",))


def _is_found(text: str, schema: ResourceSchema, bindings: Bindings) -> bool:
    try:
        return where(parse_filter(text), schema, bindings, Parameters(_UUID)).is_indexed
    except InvalidFilter:
        return False


def _is_sorted(name: str, schema: ResourceSchema, bindings: Bindings) -> bool:
    try:
        return order_of(Sort(name), schema, bindings).is_indexed
    except InvalidValue:
        return False
