"""Applies a PATCH `add` or `replace` to one attribute of a document (RFC 7644 §3.5.2.1 and §3.5.2.3)."""

from collections.abc import Mapping

from scim.protocol.attribute_values import DROPPED, AttributeValues, equalities, is_hollow, require_known
from scim.protocol.errors import InvalidValue, NoTarget
from scim.protocol.leniency import Leniency, Tolerance
from scim.protocol.match import element_test
from scim.protocol.messages import Op
from scim.protocol.nodes import Node, PatchPath
from scim.protocol.schemas import Attribute, Document, Json, Target
from scim.protocol.validate import (
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


class AttributePatch(AttributeValues):
    """Adds and replaces values of one attribute."""

    def change(self, op: Op, path: PatchPath, target: Target, value: Json) -> None:
        """Add or replace the values of the attribute."""
        if self.attribute.multi_valued:
            self.look_at(path)
        if path.condition is not None:
            self._change_matching(op, path, path.condition, value)
        elif target.sub is not None:
            self._change_sub(op, target.sub, value)
        elif value is None and op is Op.ADD:
            return  # nothing to add
        elif value is None:
            self.holder.pop(self.attribute.name, None)
        elif self.attribute.multi_valued:
            self._change_values(op, value)
        else:
            self._change_value(value)

    # --- whole attribute ---
    def _change_value(self, value: Json) -> None:
        value = the_element(value, self.attribute, self.leniency)
        cleaned = clean_single(value, self.attribute, self.leniency)
        old = self.holder.get(self.attribute.name)
        if self.attribute.is_complex and isinstance(old, dict) and isinstance(cleaned, dict):
            # RFC 7644 §3.5.2.1 and .3: sub-attributes that are not named do not change.
            cleaned = {**kept_of(old, cleaned.get("value", old.get("value")), self.attribute), **cleaned}
            for name, item in value.items() if isinstance(value, Mapping) else ():
                if item is None and (sub := self.attribute.sub(name)):
                    cleaned.pop(sub.name, None)
        if cleaned in (None, {}, []):
            self.holder.pop(self.attribute.name, None)
        else:
            self.holder[self.attribute.name] = cleaned

    def _change_values(self, op: Op, value: Json) -> None:
        before = self.items()
        value = unwrapped(value, self.attribute, self.leniency)
        new = clean_values(value, self.attribute, self.leniency)
        if not new and value != []:
            return  # only blank elements: they do not affect the others
        items = new if op is Op.REPLACE else merge_duplicates([*before, *new])
        self.store(single_primary(items, before=before if op is Op.ADD else []))

    # --- sub-attribute without a filter: name.givenName, or emails.type for every element ---
    def _change_sub(self, op: Op, sub: Attribute, value: Json) -> None:
        if not self.attribute.multi_valued:
            element = self.holder.get(self.attribute.name) or {}
            before = dict(element)
            _set_sub(element, sub, value, self.leniency)
            if sub.name == "value" and sub.name not in element:
                self.store_single({})
                return
            kept = kept_of(before, element.get("value"), self.attribute)
            self.store_single({name: item for name, item in element.items() if name in kept or name not in before})
        elif not (op is Op.ADD and is_empty(value)):
            self._change_sub_of_all(sub, value)

    def _change_sub_of_all(self, sub: Attribute, value: Json) -> None:
        items, before = self.items() or [{}], copied(self.items())
        for index, item in enumerate(items):
            items[index] = self._with_sub(item, sub, value)
        self.store(single_primary(merge_duplicates([item for item in items if item]), before=before))

    def _with_sub(self, item: Document, sub: Attribute, value: Json) -> Json:
        """The element with a new value of a sub-attribute; DROPPED if it loses the last meaningful one."""
        had = sub.name in item
        _set_sub(item, sub, value, self.leniency)
        return DROPPED if had and sub.name not in item and is_hollow(item) else item

    # --- elements that match a filter ---
    def _change_matching(self, op: Op, path: PatchPath, condition: Node, value: Json) -> None:
        require_known(condition, self.attribute)
        before = copied(self.items())
        items = self.items()
        holds = element_test(condition, self.attribute)
        chosen = [index for index, item in enumerate(items) if holds(item)]
        sub = self.sub_of(path)
        if not self.attribute.multi_valued and items:
            self._change_single(op, chosen, sub, value)
            return
        is_new = not chosen
        if is_new:
            items.append(self._from_filter(op, condition))
            chosen = [len(items) - 1]
        for index in chosen:
            items[index] = self._changed(items[index], op, sub, condition, value)
        if is_new and is_blank(items[-1], self.attribute):
            items.pop()
        items = [item for item in items if item not in ({}, DROPPED, "")]
        self.store(single_primary(merge_duplicates(items), before=before))

    def _change_single(self, op: Op, chosen: list[int], sub: Attribute | None, value: Json) -> None:
        """Change the single value that a filter selects. Raises NoTarget if it does not match (RFC 7644 §3.5.2.3)."""
        if not chosen:
            raise NoTarget(f"The value of '{self.attribute.name}' does not match the filter.")
        if sub is not None:
            self._change_sub(op, sub, value)
        elif value is not None:
            self._change_value(value)
        elif op is Op.REPLACE:
            self.holder.pop(self.attribute.name, None)

    def _changed(self, item: Json, op: Op, sub: Attribute | None, condition: Node, value: Json) -> Json:
        if sub is not None:
            return self._with_sub(item, sub, value)
        if value is None or value == []:
            return item if op is Op.ADD else DROPPED
        new = self._one(value)
        if new in (None, {}):
            return item  # a blank element does not affect the existing one
        if not self.attribute.is_complex:
            return new
        changed = {**(item if op is Op.ADD else equalities(condition, self.attribute)), **new}
        return item if is_blank(changed, self.attribute) else changed

    def _one(self, value: Json) -> Json:
        """The element given with a filter; None if it is blank."""
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


def kept_of(old: Document, value: Json, attribute: Attribute) -> Document:
    """The parts of a complex value to keep: not `$ref` and display names if a reference has a new target."""
    if value == old.get("value") or not attribute.sub("$ref"):
        return old
    return {name: item for name, item in old.items() if name not in {"$ref", "display", "displayName"}}


def _set_sub(element: Document, sub: Attribute, value: Json, leniency: Leniency) -> None:
    cleaned = None if value is None else clean_value(value, sub, leniency)
    if cleaned is None or (sub.name == "value" and is_empty(cleaned)):  # an empty value counts as no value
        element.pop(sub.name, None)
    else:
        element[sub.name] = cleaned
