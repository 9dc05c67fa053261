"""Reads and stores the values of one attribute of a document for PATCH operations."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from scim.protocol.errors import InvalidFilter, InvalidPath, InvalidValue, Mutability
from scim.protocol.leniency import Leniency
from scim.protocol.match import require_element_leaf
from scim.protocol.messages import MISSING
from scim.protocol.nodes import And, Comparison, Node, Not, Operator, Or, PatchPath, count_terms
from scim.protocol.schemas import Attribute, Document, Json
from scim.protocol.schemas import Mutability as Changes
from scim.protocol.validate import MAX_VALUES, clean_value, is_empty, unwrapped
from scim.protocol.work import Work

DROPPED: Final = None
"""Replaces an element that `AttributeValues.store` leaves out."""


@dataclass(frozen=True)
class AttributeValues:
    """The values of one attribute in the object that holds them: the document or one of its extensions."""

    holder: Document
    attribute: Attribute
    leniency: Leniency
    work: Work

    def look_at(self, path: PatchPath) -> None:
        """Count the work of reading all elements and applying the filter in the path to each."""
        self.work.look_at(len(self.items()), terms=count_terms(path.condition) if path.condition else 0)

    def sub_of(self, path: PatchPath) -> Attribute | None:
        """The sub-attribute after a filter in the path; None if there is none. Raises InvalidPath or Mutability."""
        if path.sub is None:
            return None
        sub = self.attribute.sub(path.sub)
        if sub is None:
            raise InvalidPath(f"'{self.attribute.name}' has no sub-attribute '{path.sub}'.")
        if sub.mutability is Changes.READ_ONLY:
            raise Mutability(f"'{self.attribute.name}.{sub.name}' is read-only.")
        return sub

    def items(self) -> list[Any]:
        value = self.holder.get(self.attribute.name)
        return list(value) if isinstance(value, list) else [] if value is None else [value]

    def store(self, items: list[Json]) -> None:
        items = [item for item in items if item not in ({}, DROPPED)]
        if len(items) > max(MAX_VALUES, len(self.items())):
            raise InvalidValue(f"'{self.attribute.name}' would have more than {MAX_VALUES:,} values.")
        if not items:
            self.holder.pop(self.attribute.name, None)
        elif self.attribute.multi_valued:
            self.holder[self.attribute.name] = items
        else:
            self.store_single(items[-1])

    def store_single(self, element: Json) -> None:
        if element not in (None, {}, [], ""):
            self.holder[self.attribute.name] = element
        else:
            self.holder.pop(self.attribute.name, None)


def require_known(condition: Node, attribute: Attribute) -> None:
    """Raises InvalidPath if a filter in brackets has a sub-attribute that the attribute does not have."""
    if isinstance(condition, And | Or):
        for term in condition.terms:
            require_known(term, attribute)
    elif isinstance(condition, Not):
        require_known(condition.term, attribute)
    else:
        try:
            require_element_leaf(condition.path, attribute)
        except InvalidFilter as error:
            raise InvalidPath(error.detail) from None


def equalities(condition: Node, attribute: Attribute) -> Document:
    """The element that a condition like `type eq "work" and primary eq true` describes; empty for other conditions."""
    terms = condition.terms if isinstance(condition, And) else (condition,)
    found: Document = {}
    for term in terms:
        if not isinstance(term, Comparison) or term.operator is not Operator.EQ or term.value is None:
            return {}
        if sub := attribute.sub(term.path.name):
            found[sub.name] = clean_value(term.value, sub, Leniency())
    return found


def is_nothing(value: Json, attribute: Attribute, leniency: Leniency) -> bool:
    """Whether the value of an operation is empty: missing, null, or only empty elements."""
    if value is MISSING:
        return True
    value = unwrapped(value, attribute, leniency)
    if isinstance(value, list):
        return all(is_nothing(item, attribute, leniency) for item in value)
    if isinstance(value, Mapping):
        return all(is_empty(item) for item in value.values())
    return is_empty(value)


def is_hollow(item: Json) -> bool:
    """Whether an element has lost its value, and only has attributes that describe one."""
    return isinstance(item, dict) and set(item) <= {"type", "primary", "display"}
