"""Applies one PATCH operation to one attribute of a document (RFC 7644 §3.5.2.1 to §3.5.2.3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scim.protocol.errors import InvalidFilter, InvalidPath, InvalidValue, Mutability, NoTarget
from scim.protocol.leniency import Leniency, Tolerance
from scim.protocol.match import element_test, require_element_leaf
from scim.protocol.messages import MISSING, Op
from scim.protocol.nodes import And, Comparison, Node, Not, Operator, Or, PatchPath, count_terms
from scim.protocol.schemas import Attribute, Document, Json, Target
from scim.protocol.schemas import Mutability as Changes
from scim.protocol.validate import (
    MAX_VALUES,
    clean_single,
    clean_value,
    clean_values,
    is_blank,
    is_empty,
    merge_duplicates,
    require_allowed,
    single_primary,
    the_element,
    unwrapped,
)
from scim.protocol.values import copied
from scim.protocol.work import Work


@dataclass(frozen=True)
class AttributePatch:
    """Changes of one attribute in the object that holds it: the document or one of its extensions."""

    holder: Document
    attribute: Attribute
    leniency: Leniency
    work: Work

    def change(self, op: Op, path: PatchPath, target: Target, value: Json) -> None:
        if self.attribute.multi_valued:
            self.work.look_at(len(self._items()), terms=count_terms(path.condition) if path.condition else 0)
        if path.condition is not None:
            self._change_matching(op, path, path.condition, value)
        elif target.sub is not None:
            self._change_sub(op, target.sub, value)
        elif op is Op.REMOVE:
            self._remove(value)
        elif value is None and op is Op.ADD:
            return  # nothing to add
        elif value is None:
            self.holder.pop(self.attribute.name, None)
        elif self.attribute.multi_valued:
            self._change_values(op, value)
        else:
            self._change_value(value)

    # --- whole attribute ---
    def _remove(self, value: Json) -> None:
        if value is MISSING or value is None:
            self.holder.pop(self.attribute.name, None)
            return
        self._allow_value(value)
        if not self.attribute.multi_valued:
            self.holder.pop(self.attribute.name, None)
            return
        unwanted, items = (
            _Unwanted(clean_values(value, self.attribute, self.leniency, are_selectors=True)),
            self._items(),
        )
        self.work.look_up(len(items), kinds=unwanted.kinds)
        self._store([item for item in items if item not in unwanted])

    def _allow_value(self, value: Json) -> None:
        """InvalidValue for a value next to `remove`, where the organization does not tolerate that."""
        if not is_nothing(value, self.attribute, self.leniency):
            require_allowed(self.leniency, Tolerance.REMOVE_WITH_VALUE, "'remove' takes no 'value'; use a filter.")

    def _change_value(self, value: Json) -> None:
        value = the_element(value, self.attribute, self.leniency)
        cleaned = clean_single(value, self.attribute, self.leniency)
        old = self.holder.get(self.attribute.name)
        if self.attribute.is_complex and isinstance(old, dict) and isinstance(cleaned, dict):
            # RFC 7644 §3.5.2.1 and .3: sub-attributes that are not named stay as they are.
            cleaned = {**kept_of(old, cleaned.get("value", old.get("value")), self.attribute), **cleaned}
            for name, item in value.items() if isinstance(value, Mapping) else ():
                if item is None and (sub := self.attribute.sub(name)):
                    cleaned.pop(sub.name, None)
        if cleaned in (None, {}, []):
            self.holder.pop(self.attribute.name, None)
        else:
            self.holder[self.attribute.name] = cleaned

    def _change_values(self, op: Op, value: Json) -> None:
        before = self._items()
        value = unwrapped(value, self.attribute, self.leniency)
        new = clean_values(value, self.attribute, self.leniency)
        if not new and value != []:
            return  # blank elements only: nothing was said of the others
        items = new if op is Op.REPLACE else merge_duplicates([*before, *new])
        self._store(single_primary(items, before=before if op is Op.ADD else []))

    # --- sub-attribute without a filter: name.givenName, or emails.type for every element ---
    def _change_sub(self, op: Op, sub: Attribute, value: Json) -> None:
        if op is Op.REMOVE:
            self._allow_value(value)
        if not self.attribute.multi_valued:
            element = self.holder.get(self.attribute.name) or {}
            before = dict(element)
            _set_sub(element, sub, op, value, self.leniency)
            if sub.name == "value" and sub.name not in element:
                self._store_single({})
                return
            kept = kept_of(before, element.get("value"), self.attribute)
            self._store_single({name: item for name, item in element.items() if name in kept or name not in before})
        elif not (op is Op.ADD and is_empty(value)):
            self._change_sub_of_all(op, sub, value)

    def _change_sub_of_all(self, op: Op, sub: Attribute, value: Json) -> None:
        """Change a sub-attribute of every element; a `remove` with a value, of the elements that have this value."""
        items, before_all = self._items(), copied(self._items())
        if not items and op is not Op.REMOVE:
            items = [{}]
        wanted = None
        if op is Op.REMOVE and not is_nothing(value, sub, self.leniency):
            wanted = clean_value(value, sub, self.leniency)
        for index, item in enumerate(items):
            if wanted is not None and item.get(sub.name) != wanted:
                continue
            had = sub.name in item
            _set_sub(item, sub, op, value, self.leniency)
            if had and sub.name not in item and _is_hollow(item):
                items[index] = {}
        self._store(single_primary(merge_duplicates([item for item in items if item]), before=before_all))

    # --- elements that a filter names ---
    def _change_matching(self, op: Op, path: PatchPath, condition: Node, value: Json) -> None:
        require_known(condition, self.attribute)
        before = copied(self._items())
        items = self._items()
        holds = element_test(condition, self.attribute)
        chosen = [index for index, item in enumerate(items) if holds(item)]
        sub = self._sub(path)
        if not self.attribute.multi_valued and items and op is not Op.REMOVE:
            self._change_single(op, chosen, sub, value)
            return
        if op is Op.REMOVE:
            self._require_same([items[index] for index in chosen], sub, condition, value)
            self._remove_matching(items, chosen, sub)
            return
        is_new = not chosen
        if is_new:
            items.append(self._from_filter(op, condition))
            chosen = [len(items) - 1]
        for index in chosen:
            items[index] = self._changed(items[index], op, sub, condition, value)
        if is_new and is_blank(items[-1], self.attribute):
            items.pop()
        items = [item for item in items if item not in ({}, None, "")]
        self._store(single_primary(merge_duplicates(items), before=before))

    def _change_single(self, op: Op, chosen: list[int], sub: Attribute | None, value: Json) -> None:
        """Change the one value that a filter names; NoTarget if it does not match (RFC 7644 §3.5.2.3)."""
        if not chosen:
            raise NoTarget(f"The value of '{self.attribute.name}' does not match the filter.")
        if sub is not None:
            self._change_sub(op, sub, value)
        elif value is not None:
            self._change_value(value)
        elif op is Op.REPLACE:
            self.holder.pop(self.attribute.name, None)

    def _sub(self, path: PatchPath) -> Attribute | None:
        if path.sub is None:
            return None
        sub = self.attribute.sub(path.sub)
        if sub is None:
            raise InvalidPath(f"'{self.attribute.name}' has no sub-attribute '{path.sub}'.")
        if sub.mutability is Changes.READ_ONLY:
            raise Mutability(f"'{self.attribute.name}.{sub.name}' is read-only.")
        return sub

    def _remove_matching(self, items: list[Json], chosen: list[int], sub: Attribute | None) -> None:
        if sub is None:
            gone = set(chosen)
            self._store([item for index, item in enumerate(items) if index not in gone])
            return
        if not self.attribute.multi_valued:
            if chosen:
                self._change_sub(Op.REMOVE, sub, MISSING)
            return
        for index in chosen:
            items[index].pop(sub.name, None)
            if _is_hollow(items[index]):  # an element without its value has no meaning
                items[index] = {}
        self._store(items)

    def _require_same(self, chosen: list[Json], sub: Attribute | None, condition: Node, value: Json) -> None:
        """InvalidValue if the value next to a filter of `remove` does not name what the filter does.

        Clients send both; if they contradict each other, it is unclear which of the two is meant to be removed.
        """
        if is_nothing(value, self.attribute, self.leniency):
            return
        self._allow_value(value)
        other = f"'value' names another element of '{self.attribute.name}' than the filter in 'path'."
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

    def _changed(self, item: Json, op: Op, sub: Attribute | None, condition: Node, value: Json) -> Json:
        if sub is not None:
            had = sub.name in item
            _set_sub(item, sub, op, value, self.leniency)
            return {} if had and sub.name not in item and _is_hollow(item) else item
        if value is None or value == []:
            return item if op is Op.ADD else {}
        new = self._one(value)
        if new in (None, {}):
            return item  # a blank element says nothing about the one that is there
        if not self.attribute.is_complex:
            return new
        changed = {**(item if op is Op.ADD else equalities(condition, self.attribute)), **new}
        return item if is_blank(changed, self.attribute) else changed

    def _one(self, value: Json) -> Json:
        """The element given next to a filter, or None if it is blank."""
        if isinstance(value, list) and len(value) != 1:
            raise InvalidValue(f"With a filter in 'path', 'value' must be one element of '{self.attribute.name}'.")
        if isinstance(value, list):
            message = f"'{self.attribute.name}' must be one value here, not an array."
            require_allowed(self.leniency, Tolerance.MANY_FOR_SINGLE, message)
            (value,) = value
        cleaned = clean_values([value], self.attribute, self.leniency) if value is not None else []
        return cleaned[0] if cleaned else None

    def _from_filter(self, op: Op, condition: Node) -> Document:
        found = equalities(condition, self.attribute)
        tolerance = Tolerance.ADD_BY_FILTER if op is Op.ADD else Tolerance.REPLACE_BY_FILTER
        if not found or not self.leniency.allows(tolerance):
            raise NoTarget(f"No element of '{self.attribute.name}' matches the filter.")
        return found

    # --- storing ---
    def _items(self) -> list[Any]:
        value = self.holder.get(self.attribute.name)
        return list(value) if isinstance(value, list) else [] if value is None else [value]

    def _store(self, items: list[Json]) -> None:
        items = [item for item in items if item not in ({}, None)]
        if len(items) > max(MAX_VALUES, len(self._items())):
            raise InvalidValue(f"'{self.attribute.name}' would have more than {MAX_VALUES:,} values.")
        if not items:
            self.holder.pop(self.attribute.name, None)
        elif self.attribute.multi_valued:
            self.holder[self.attribute.name] = items
        else:
            self._store_single(items[-1])

    def _store_single(self, element: Json) -> None:
        if element not in (None, {}, [], ""):
            self.holder[self.attribute.name] = element
        else:
            self.holder.pop(self.attribute.name, None)


def require_known(condition: Node, attribute: Attribute) -> None:
    """InvalidPath if a filter between brackets names a sub-attribute that the attribute has not."""
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
    """The element that `type eq "work" and primary eq true` describes; empty if it is no such list."""
    terms = condition.terms if isinstance(condition, And) else (condition,)
    found: Document = {}
    for term in terms:
        if not isinstance(term, Comparison) or term.operator is not Operator.EQ or term.value is None:
            return {}
        if sub := attribute.sub(term.path.name):
            found[sub.name] = clean_value(term.value, sub, Leniency())
    return found


def kept_of(old: Document, value: Json, attribute: Attribute) -> Document:
    """The parts of a complex value that are kept: not `$ref` and display names if a reference has a new target."""
    if value == old.get("value") or not attribute.sub("$ref"):
        return old
    return {name: item for name, item in old.items() if name not in {"$ref", "display", "displayName"}}


def _set_sub(element: Document, sub: Attribute, op: Op, value: Json, leniency: Leniency) -> None:
    cleaned = None if op is Op.REMOVE or value is None else clean_value(value, sub, leniency)
    if cleaned is None or (sub.name == "value" and is_empty(cleaned)):  # an empty value counts as no value
        element.pop(sub.name, None)
    else:
        element[sub.name] = cleaned


def is_nothing(value: Json, attribute: Attribute, leniency: Leniency) -> bool:
    """Whether the value next to a path is empty: missing, null, or elements that hold nothing."""
    if value is MISSING:
        return True
    value = unwrapped(value, attribute, leniency)
    if isinstance(value, list):
        return all(is_nothing(item, attribute, leniency) for item in value)
    if isinstance(value, Mapping):
        return all(is_empty(item) for item in value.values())
    return is_empty(value)


def _is_hollow(item: Json) -> bool:
    return isinstance(item, dict) and set(item) <= {"type", "primary", "display"}


def said_keys(value: Json) -> tuple[str, ...]:
    """The sub-attributes by which a value names elements: where there is a `value`, that and the `type`."""
    if not isinstance(value, dict):
        return ()
    return tuple(sorted({"value", "type"} & set(value) if "value" in value else value))


def said(item: Json, keys: tuple[str, ...]) -> Any:
    """The values of these sub-attributes in an element, as a hashable value."""
    return _frozen([item.get(key) for key in keys] if keys and isinstance(item, dict) else item)


class _Known:
    """Elements to look up by value. A value names an element if all of its sub-attributes match."""

    def __init__(self, elements: list[Json]) -> None:
        self._elements = elements
        self._said: dict[tuple[str, ...], set[Any]] = {}

    def has(self, value: Json) -> bool:
        """Whether the value names one of the elements. The time does not depend on their number."""
        keys = said_keys(value)
        if keys not in self._said:
            self._said[keys] = {said(item, keys) for item in self._elements}
        return said(value, keys) in self._said[keys]


class _Unwanted:
    """The values that a 'remove' names. An element is among them if everything that one of them says is true of it.

    Looking an element up takes the same time for a thousand values as for one.
    """

    def __init__(self, values: list[Json]) -> None:
        self._known: dict[tuple[str, ...], set[Any]] = {}
        for value in values:
            keys = said_keys(value)
            self._known.setdefault(keys, set()).add(said(value, keys))

    @property
    def kinds(self) -> int:
        """How many different sets of sub-attributes the values name: an element is looked up once for each."""
        return max(1, len(self._known))

    def __contains__(self, item: Json) -> bool:
        return any(said(item, keys) in known for keys, known in self._known.items())


def _frozen(value: Json) -> Any:
    if isinstance(value, list):
        return tuple(map(_frozen, value))
    if isinstance(value, dict):
        return frozenset((name, _frozen(item)) for name, item in value.items())
    return value
