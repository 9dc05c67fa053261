"""Applies a PATCH `remove` to one attribute of a document (RFC 7644 §3.5.2.2)."""

from typing import Any

from scim.protocol.attribute_values import (
    DROPPED,
    AttributeValues,
    equalities,
    is_hollow,
    is_nothing,
    require_known,
)
from scim.protocol.errors import InvalidValue
from scim.protocol.leniency import Tolerance
from scim.protocol.match import element_test
from scim.protocol.messages import MISSING
from scim.protocol.nodes import Node, PatchPath
from scim.protocol.schemas import Attribute, Json, Target
from scim.protocol.validate import clean_value, clean_values, merge_duplicates, require_allowed, single_primary
from scim.protocol.values import copied


class AttributeRemoval(AttributeValues):
    """Removes values of one attribute. Some clients send a `value` that names what to remove."""

    def remove(self, path: PatchPath, target: Target, value: Json) -> None:
        if self.attribute.multi_valued:
            self.look_at(path)
        if path.condition is not None:
            self._remove_where(path, path.condition, value)
        elif target.sub is None:
            self._remove_values(value)
        elif self.attribute.multi_valued:
            self._allow_value(value)
            self._remove_sub_of_all(target.sub, value)
        else:
            self._allow_value(value)
            self._remove_sub(target.sub)

    def _remove_where(self, path: PatchPath, condition: Node, value: Json) -> None:
        """Remove the elements that match a filter, or a sub-attribute of them."""
        require_known(condition, self.attribute)
        items, holds = self.items(), element_test(condition, self.attribute)
        chosen = [index for index, item in enumerate(items) if holds(item)]
        sub = self.sub_of(path)
        self._require_same([items[index] for index in chosen], sub, condition, value)
        self._remove_chosen(items, chosen, sub)

    def _remove_sub(self, sub: Attribute) -> None:
        element = self.holder.get(self.attribute.name) or {}
        element.pop(sub.name, None)
        self.store_single(DROPPED if sub.name == "value" else element)

    def _remove_sub_of_all(self, sub: Attribute, value: Json) -> None:
        """Remove a sub-attribute from every element or, with a value, from the elements that have this value."""
        items, before = self.items(), copied(self.items())
        is_for_all = is_nothing(value, sub, self.leniency)
        wanted = None if is_for_all else clean_value(value, sub, self.leniency)
        for index, item in enumerate(items):
            if sub.name in item and (wanted is None or item[sub.name] == wanted):
                del item[sub.name]
                if is_hollow(item):
                    items[index] = DROPPED
        self.store(single_primary(merge_duplicates([item for item in items if item]), before=before))

    def _remove_values(self, value: Json) -> None:
        if value is MISSING or value is None:
            self.holder.pop(self.attribute.name, None)
            return
        self._allow_value(value)
        if not self.attribute.multi_valued:
            self.holder.pop(self.attribute.name, None)
            return
        unwanted, items = (
            _Unwanted(clean_values(value, self.attribute, self.leniency, are_selectors=True)),
            self.items(),
        )
        self.work.look_up(len(items), kinds=unwanted.kinds)
        self.store([item for item in items if item not in unwanted])

    def _allow_value(self, value: Json) -> None:
        """Raises InvalidValue if `remove` has a value, unless the organization tolerates that."""
        if not is_nothing(value, self.attribute, self.leniency):
            require_allowed(self.leniency, Tolerance.REMOVE_WITH_VALUE, "'remove' takes no 'value'; use a filter.")

    def _require_same(self, chosen: list[Json], sub: Attribute | None, condition: Node, value: Json) -> None:
        """Raises InvalidValue if the value of a `remove` with a filter selects other elements than the filter.

        Some clients send both. If they contradict each other, it is unclear what to remove.
        """
        if is_nothing(value, self.attribute, self.leniency):
            return
        self._allow_value(value)
        other = f"'value' and the filter in 'path' name different elements of '{self.attribute.name}'."
        if sub is not None:
            cleaned = clean_value(value, sub, self.leniency)
            if any(isinstance(item, dict) and item.get(sub.name, cleaned) != cleaned for item in chosen):
                raise InvalidValue(other)
            return
        wanted, holds = equalities(condition, self.attribute), element_test(condition, self.attribute)
        known = _Known(chosen)
        named = clean_values(value, self.attribute, self.leniency, are_selectors=True)
        for one in named:
            is_same = holds(one) or known.has(one)
            may_be_same = (
                not chosen
                and isinstance(one, dict)
                and all(one.get(name, text) == text for name, text in wanted.items())
            )
            if not (is_same or may_be_same):
                raise InvalidValue(other)
        unwanted = _Unwanted(named)
        self.work.look_up(len(chosen), kinds=unwanted.kinds)
        if any(item not in unwanted for item in chosen):
            raise InvalidValue(
                f"The filter in 'path' matches elements of '{self.attribute.name}' that are not in 'value'."
            )

    def _remove_chosen(self, items: list[Json], chosen: list[int], sub: Attribute | None) -> None:
        if sub is None:
            gone = set(chosen)
            self.store([item for index, item in enumerate(items) if index not in gone])
            return
        if not self.attribute.multi_valued:
            if chosen:
                self._remove_sub(sub)
            return
        for index in chosen:
            items[index].pop(sub.name, None)
            if is_hollow(items[index]):  # an element without its value is meaningless
                items[index] = DROPPED
        self.store(items)


def said_keys(value: Json) -> tuple[str, ...]:
    """The sub-attributes by which a value selects elements: `value` and `type` if there is a `value`, otherwise all."""
    if not isinstance(value, dict):
        return ()
    return tuple(sorted({"value", "type"} & set(value) if "value" in value else value))


def said(item: Json, keys: tuple[str, ...]) -> Any:
    """The values of these sub-attributes in an element, as a hashable value."""
    return _frozen([item.get(key) for key in keys] if keys and isinstance(item, dict) else item)


class _Known:
    """Elements to look up by value. A value selects an element if all of its sub-attributes match."""

    def __init__(self, elements: list[Json]) -> None:
        self._elements = elements
        self._said: dict[tuple[str, ...], set[Any]] = {}

    def has(self, value: Json) -> bool:
        """Whether the value selects one of the elements. Takes constant time."""
        keys = said_keys(value)
        if keys not in self._said:
            self._said[keys] = {said(item, keys) for item in self._elements}
        return said(value, keys) in self._said[keys]


class _Unwanted:
    """The values to remove. An element is one of them if all sub-attributes of one value match.

    A lookup takes the same time for a thousand values as for one.
    """

    def __init__(self, values: list[Json]) -> None:
        self._known: dict[tuple[str, ...], set[Any]] = {}
        for value in values:
            keys = said_keys(value)
            self._known.setdefault(keys, set()).add(said(value, keys))

    @property
    def kinds(self) -> int:
        """The number of different sets of sub-attributes in the values. An element is looked up once for each."""
        return max(1, len(self._known))

    def __contains__(self, item: Json) -> bool:
        return any(said(item, keys) in known for keys, known in self._known.items())


def _frozen(value: Json) -> Any:
    if isinstance(value, list):
        return tuple(map(_frozen, value))
    if isinstance(value, dict):
        return frozenset((name, _frozen(item)) for name, item in value.items())
    return value
