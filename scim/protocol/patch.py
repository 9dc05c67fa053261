"""PATCH as a function: operations and a document in, a new document out (RFC 7644 §3.5.2).

Attributes that live outside the document (the members of a group) are named by `detached`: what
concerns them is handed back as operations, so that no member has to be loaded.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from scim.protocol.errors import InvalidFilter, InvalidPath, InvalidValue, Mutability, NoTarget
from scim.protocol.grammar import parse_patch_path, split_urn
from scim.protocol.leniency import Leniency, Tolerance
from scim.protocol.match import matches_element, require_element_leaf
from scim.protocol.messages import MISSING, Op, Operation
from scim.protocol.nodes import And, Comparison, Node, Not, Operator, Or, PatchPath
from scim.protocol.schemas import Attribute, Document, Json, ResourceSchema, Target
from scim.protocol.schemas import Mutability as Changes
from scim.protocol.validate import (
    clean_element,
    clean_value,
    clean_values,
    finish,
    merge_duplicates,
    require_allowed,
    single_primary,
)
from scim.protocol.values import copied


@dataclass(frozen=True, slots=True)
class DetachedOperation:
    """An operation on an attribute outside the document; `values` are cleaned elements."""

    op: Op
    condition: Node | None
    values: list[Json]
    has_value: bool


@dataclass(frozen=True, slots=True)
class Patched:
    document: Document
    detached: dict[str, list[DetachedOperation]] = field(default_factory=dict)


def apply(
    operations: list[Operation],
    document: Document,
    schema: ResourceSchema,
    leniency: Leniency,
    detached: frozenset[str] = frozenset(),
) -> Patched:
    """All operations in order, or none: the result, or the first error."""
    patcher = _Patcher(copied(document), schema, leniency, detached)
    for operation in operations:
        patcher.run(operation)
    return Patched(finish(patcher.document, schema), patcher.detached)


@dataclass
class _Patcher:
    document: Document
    schema: ResourceSchema
    leniency: Leniency
    detached_names: frozenset[str]
    detached: dict[str, list[DetachedOperation]] = field(default_factory=dict)

    def run(self, operation: Operation) -> None:
        if operation.path is None:
            for path, value in self._members(operation.value):
                self._run_at(operation.op, path, value, explicit=False)
        else:
            self._run_at(operation.op, parse_patch_path(operation.path), operation.value, explicit=True)

    def _members(self, value: Json) -> Iterator[tuple[PatchPath, Json]]:
        """A path-less value, member by member; keys may be names, URNs, or whole paths (Entra)."""
        if not isinstance(value, Mapping):
            raise InvalidValue("Without 'path', 'value' must be an object of attributes.")
        for key, item in value.items():
            if key.lower() == "schemas":
                continue
            if any(sign in split_urn(key)[1] for sign in ".[") and not self.schema.extension(key):
                require_allowed(self.leniency, Tolerance.DOTTED_KEY, f"'{key}' is not an attribute name; use 'path'.")
            yield parse_patch_path(key), item

    def _run_at(self, op: Op, path: PatchPath, value: Json, *, explicit: bool) -> None:
        target = self.schema.resolve(path.path)
        if target is None:
            if explicit:
                raise InvalidPath(f"There is no attribute '{path.path}'.")
            require_allowed(self.leniency, Tolerance.UNKNOWN_ATTRIBUTE, f"There is no attribute '{path.path}'.")
            return
        if target.attribute is None:
            self._whole_extension(op, str(target.extension), value)
            return
        if _is_read_only(target):
            if explicit:
                raise Mutability(f"'{path.path}' is read-only.")
            return
        if target.attribute.name in self.detached_names and target.extension is None:
            self._detach(op, path, target, value)
            return
        holder = self.document if target.extension is None else self.document.setdefault(target.extension, {})
        _Place(holder, target.attribute, self.leniency).change(op, path, target, value)
        if target.extension and not self.document[target.extension]:
            del self.document[target.extension]

    def _whole_extension(self, op: Op, urn: str, value: Json) -> None:
        extension = self.schema.extension(urn)
        assert extension is not None  # noqa: S101 — resolve() named it
        if op is Op.REMOVE or value is None:
            self.document.pop(urn, None)
            return
        if not isinstance(value, Mapping):
            raise InvalidValue(f"'{urn}' must be an object.")
        for name, item in value.items():
            self._run_at(op, parse_patch_path(f"{urn}:{name}"), item, explicit=False)

    def _detach(self, op: Op, path: PatchPath, target: Target, value: Json) -> None:
        attribute = target.attribute
        assert attribute is not None  # noqa: S101
        if path.condition:
            require_known(path.condition, attribute)
            if op is Op.ADD:
                raise InvalidPath(f"'add' to '{path.path}' takes no filter; name the members in 'value'.")
        if target.sub or path.sub:
            raise Mutability(f"'{path.path}' cannot be changed inside a value; remove the value and add another.")
        has_value = value is not MISSING and value is not None
        values = clean_values(value, attribute, self.leniency) if has_value else []
        if op is Op.REMOVE and has_value:
            if path.condition:
                raise InvalidValue("'remove' takes a filter or a 'value', not both.")
            require_allowed(self.leniency, Tolerance.REMOVE_WITH_VALUE, "'remove' takes no 'value'; use a filter.")
        operation = DetachedOperation(op, path.condition, values, has_value)
        self.detached.setdefault(attribute.name, []).append(operation)


def _is_read_only(target: Target) -> bool:
    return any(part is not None and part.mutability is Changes.READ_ONLY for part in (target.attribute, target.sub))


@dataclass(frozen=True)
class _Place:
    """One attribute in the object that holds it: the document or one of its extensions."""

    holder: Document
    attribute: Attribute
    leniency: Leniency

    def change(self, op: Op, path: PatchPath, target: Target, value: Json) -> None:
        if path.condition is not None:
            self._change_matching(op, path, path.condition, value)
        elif target.sub is not None:
            self._change_sub(op, target.sub, value)
        elif op is Op.REMOVE:
            self._remove(value)
        elif value is None:
            self.holder.pop(self.attribute.name, None)
        elif self.attribute.multi_valued:
            self._change_values(op, value)
        else:
            self._change_value(value)

    # --- whole attribute ---
    def _remove(self, value: Json) -> None:
        if value is MISSING or value is None or not self.attribute.multi_valued:
            self.holder.pop(self.attribute.name, None)
            return
        require_allowed(self.leniency, Tolerance.REMOVE_WITH_VALUE, "'remove' takes no 'value'; use a filter.")
        unwanted = clean_values(value, self.attribute, self.leniency)
        named = {str(other["value"]) for other in unwanted if isinstance(other, dict) and "value" in other}
        rest = [other for other in unwanted if not (isinstance(other, dict) and "value" in other)]
        self._store([item for item in self._items() if not self._is_unwanted(item, unwanted, named, rest)])

    def _is_unwanted(self, item: Json, unwanted: list[Json], named: set[str], rest: list[Json]) -> bool:
        """Whether one of the values to remove names the item; all of them are only looked at where its value is."""
        is_named = isinstance(item, dict) and str(item.get("value")) in named
        return any(_covers(item, other) for other in (unwanted if is_named else rest))

    def _change_value(self, value: Json) -> None:
        cleaned = clean_value(value, self.attribute, self.leniency)
        old = self.holder.get(self.attribute.name)
        if self.attribute.is_complex and isinstance(old, dict) and isinstance(cleaned, dict):
            # RFC 7644 §3.5.2.1 and .3: sub-attributes that are not named stay as they are.
            if not cleaned and not isinstance(value, Mapping):
                self.holder.pop(self.attribute.name, None)  # "" for a reference: there is none
                return
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
        new = clean_values(value, self.attribute, self.leniency)
        items = new if op is Op.REPLACE else merge_duplicates([*before, *new])
        self._store(single_primary(items, before=before if op is Op.ADD else []))

    # --- sub-attribute without a filter: name.givenName, or emails.type for every element ---
    def _change_sub(self, op: Op, sub: Attribute, value: Json) -> None:
        if not self.attribute.multi_valued:
            element = self.holder.get(self.attribute.name) or {}
            before = dict(element)
            _set_sub(element, sub, op, value, self.leniency)
            kept = kept_of(before, element.get("value"), self.attribute)
            self._store_single({name: item for name, item in element.items() if name in kept or name not in before})
            return
        items, before_all = self._items(), copied(self._items())
        if not items and op is not Op.REMOVE:
            items = [{}]
        for index, item in enumerate(items):
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
        chosen = [index for index, item in enumerate(items) if matches_element(condition, item, self.attribute)]
        sub = self._sub(path)
        if op is Op.REMOVE:
            self._remove_matching(items, chosen, sub)
            return
        if not chosen:
            items.append(self._from_filter(condition))
            chosen = [len(items) - 1]
        for index in chosen:
            items[index] = self._changed(items[index], op, sub, condition, value)
        self._store(single_primary(merge_duplicates([item for item in items if item]), before=before))

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
        for index in chosen:
            items[index].pop(sub.name, None)
            if _is_hollow(items[index]):  # an element that has lost its value says nothing any more
                items[index] = {}
        self._store(items)

    def _changed(self, item: Json, op: Op, sub: Attribute | None, condition: Node, value: Json) -> Json:
        if sub is not None:
            _set_sub(item, sub, op, value, self.leniency)
            return {} if _is_hollow(item) and value is None else item
        if not self.attribute.is_complex:
            return clean_element(value, self.attribute, self.leniency)
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        new = clean_element(value, self.attribute, self.leniency) if value is not None else {}
        return {**item, **new} if op is Op.ADD else {**equalities(condition, self.attribute), **new} if new else {}

    def _from_filter(self, condition: Node) -> Document:
        found = equalities(condition, self.attribute)
        if not found or not self.leniency.allows(Tolerance.CREATE_BY_FILTER):
            raise NoTarget(f"No element of '{self.attribute.name}' matches the filter.")
        return found

    # --- storing ---
    def _items(self) -> list[Any]:
        value = self.holder.get(self.attribute.name)
        return list(value) if isinstance(value, list) else [] if value is None else [value]

    def _store(self, items: list[Json]) -> None:
        items = [item for item in items if item not in ({}, None)]
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
    """What stays of a complex value: of a reference that leads elsewhere now, nothing that was said of the old one."""
    if value == old.get("value") or not attribute.sub("$ref"):
        return old
    return {name: item for name, item in old.items() if name not in {"$ref", "display", "displayName"}}


def _set_sub(element: Document, sub: Attribute, op: Op, value: Json, leniency: Leniency) -> None:
    cleaned = None if op is Op.REMOVE or value is None else clean_value(value, sub, leniency)
    if cleaned is None:
        element.pop(sub.name, None)
    else:
        element[sub.name] = cleaned


def _is_hollow(item: Json) -> bool:
    return isinstance(item, dict) and set(item) <= {"type", "primary", "display"}


def _covers(item: Json, other: Json) -> bool:
    """Whether `other`, a value to remove, names `item`: all that it says is so."""
    if isinstance(item, dict) and isinstance(other, dict):
        keys = {"value", "type"} & set(other) if "value" in other else set(other)
        return all(item.get(key) == other[key] for key in keys)
    return bool(item == other)
