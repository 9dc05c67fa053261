"""Paths of target attributes: `name.givenName`, `emails[type eq "work"].value`, `urn:…:User:department`, `roles`.

A path names one value, or all values of a multi-valued attribute. A filter consists of `eq` joined by `and`, because it
must describe the element that is created when there is none.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from directory.provisioning.messages import Message, gettext_noop
from directory.provisioning.values import boolean_of, is_empty, text_of
from scim.protocol import urns
from scim.protocol.errors import ScimError
from scim.protocol.grammar import parse_patch_path
from scim.protocol.nodes import And, Comparison, Node, Operator
from scim.protocol.schemas import ENTERPRISE_USER, GROUP, USER, WEBEX_GROUP, WEBEX_USER, Attribute, Mutability, Type

Document = dict[str, Any]
MAX_LENGTH = 512
_CORE = {urns.CORE_USER.lower(), urns.CORE_GROUP.lower()}
_EXTENSIONS = {schema.urn.lower(): schema for schema in (ENTERPRISE_USER, WEBEX_USER, WEBEX_GROUP)}
_NOT_MAPPED = {"id", "meta", "schemas"}
EXTERNAL_ID = Attribute("externalId", case_exact=True)


class PathError(Exception):
    """A path that cannot be the target of a mapping."""

    def __init__(self, message: Message) -> None:
        self.message = message
        super().__init__(str(message))


@dataclass(frozen=True)
class TargetPath:
    """A parsed path. `filters` are pairs of a sub-attribute and its value, in the order of the text."""

    name: str
    sub: str = ""
    urn: str = ""
    filters: tuple[tuple[str, str | bool], ...] = ()
    attribute: Attribute | None = field(default=None, compare=False, repr=False)
    """The attribute before the filter, if a built-in schema has it."""

    def __str__(self) -> str:
        return self._text

    @cached_property
    def _text(self) -> str:
        conditions = " and ".join(f'{name} eq "{value}"' for name, value in self.filters)
        text = f"{self.name}[{conditions}]" if self.filters else self.name
        text = f"{text}.{self.sub}" if self.sub else text
        return f"{self.urn}:{text}" if self.urn else text

    @cached_property
    def leaf(self) -> Attribute | None:
        return self.attribute.sub(self.sub) if self.attribute and self.sub else self.attribute

    @property
    def type(self) -> Type:
        return self.leaf.type if self.leaf else Type.STRING

    @cached_property
    def is_multi_valued(self) -> bool:
        """Whether the path names all values of an attribute."""
        return bool(self.attribute and self.attribute.multi_valued and not self.sub and not self.filters)

    @property
    def is_required(self) -> bool:
        return bool(self.attribute and self.attribute.required and not self.filters)

    @cached_property
    def is_write_only(self) -> bool:
        return bool(self.leaf and self.leaf.mutability is Mutability.WRITE_ONLY)

    def contains(self, other: "TargetPath") -> bool:
        """Whether the other path is the same value, or a part of it."""
        same = (self.urn.lower(), self.name.lower()) == (other.urn.lower(), other.name.lower())
        if not same or (self.filters and self.filters != other.filters):
            return False
        return not self.sub or (self.sub.lower() == other.sub.lower() and self.filters == other.filters)

    # --- documents ---
    def read(self, document: Mapping[str, Any]) -> Any:
        """The value in a document; None if there is none. Names are compared without case (RFC 7643 §2.1)."""
        value = self.element(document)
        return member(value, self.sub) if self.sub else value

    def element(self, document: Mapping[str, Any]) -> Any:
        """The value of the path without its sub-attribute; with a filter, the first element that matches it."""
        value = member(member(document, self.urn) if self.urn else document, self.name)
        if not self.filters:
            return value
        elements = value if isinstance(value, list) else [value]
        return next((element for element in elements if self._selects(element)), None)

    def write(self, document: Document, value: Any) -> None:
        """Set the value, or remove it if it is empty. Containers are created if necessary, and removed when empty."""
        container = _child(document, self.urn) if self.urn else document
        key = key_of(container, self.name)
        if not self.sub and not self.filters:
            _put(container, key, value)
        elif not self.filters:
            _put(_child(container, key), key_of(_child(container, key), self.sub), value)
            _prune(container, key)
        else:
            self._write_element(container, key, value)
        if self.urn:
            _prune(document, key_of(document, self.urn))

    def _write_element(self, container: Document, key: str, value: Any) -> None:
        elements = container.get(key)
        elements = list(elements) if isinstance(elements, list) else []
        index = next((index for index, element in enumerate(elements) if self._selects(element)), len(elements))
        element = dict(elements[index]) if index < len(elements) else dict(self.filters)
        if self.sub:
            _put(element, key_of(element, self.sub), value)
        else:
            element = {} if is_empty(value) else {**dict(self.filters), **value}
        is_left = set(map(str.lower, element)) > {name.lower() for name, _ in self.filters}
        elements[index : index + 1] = [element] if is_left else []
        _put(container, key, elements)

    def _selects(self, element: Any) -> bool:
        return isinstance(element, dict) and all(
            _is_equal(member(element, name), value) for name, value in self.filters
        )


@lru_cache(maxsize=4_096)
def parse_path(text: str) -> TargetPath:
    """The path in a string; raises PathError."""
    text = text.strip()
    if len(text) > MAX_LENGTH:
        message = gettext_noop("The target attribute has more than %(limit)s characters.")
        raise PathError(Message(message, {"limit": MAX_LENGTH}))
    try:
        parsed = parse_patch_path(text)
    except ScimError as error:
        message = gettext_noop("“%(path)s” is not a path of an attribute: %(reason)s")
        raise PathError(Message(message, {"path": text, "reason": error.detail})) from None
    urn = parsed.path.urn or ""
    urn = "" if urn.lower() in _CORE else urn
    attribute = _attribute(urn, parsed.path.name)
    filters = _filters(parsed.condition, attribute, text)
    path = TargetPath(parsed.path.name, parsed.path.sub or parsed.sub or "", urn, filters, attribute)
    _check(path)
    return path


def _check(path: TargetPath) -> None:
    attribute = path.attribute
    if (not path.urn and path.name.lower() in _NOT_MAPPED) or (attribute and attribute.is_read_only):
        message = gettext_noop("The target sets %(path)s itself. Remove the mapping.")
        raise PathError(Message(message, {"path": str(path)}))
    if attribute and path.sub and attribute.sub_attributes and not attribute.sub(path.sub):
        message = gettext_noop("%(name)s has no sub-attribute %(sub)s.")
        raise PathError(Message(message, {"name": path.name, "sub": path.sub}))
    if attribute and attribute.multi_valued and path.sub and not path.filters:
        message = gettext_noop('%(name)s has several values. Choose one, such as %(name)s[type eq "work"].%(sub)s.')
        raise PathError(Message(message, {"name": path.name, "sub": path.sub}))


def _attribute(urn: str, name: str) -> Attribute | None:
    """The attribute of a built-in schema, User before Group; None if no schema has it."""
    if urn:
        schema = _EXTENSIONS.get(urn.lower())
        return schema.attribute(name) if schema else None
    return EXTERNAL_ID if name.lower() == "externalid" else USER.attribute(name) or GROUP.attribute(name)


def _filters(condition: Node | None, attribute: Attribute | None, text: str) -> tuple[tuple[str, str | bool], ...]:
    if condition is None:
        return ()
    found: list[tuple[str, str | bool]] = []
    for term in condition.terms if isinstance(condition, And) else (condition,):
        if not isinstance(term, Comparison) or term.operator is not Operator.EQ or term.value is None or term.path.sub:
            message = gettext_noop("The filter in “%(path)s” can use only “eq” and “and”.")
            raise PathError(Message(message, {"path": text}))
        sub = attribute.sub(term.path.name) if attribute else None
        is_boolean = (sub and sub.type is Type.BOOLEAN) or term.path.name.lower() == "primary"
        value = boolean_of(term.value) if is_boolean and not isinstance(term.value, float) else None
        found.append((term.path.name, value if value is not None else str(term.value)))
    return tuple(found)


def member(container: Any, name: str) -> Any:
    """A member of an object by its name, ignoring case; None if there is none."""
    return container.get(key_of(container, name)) if isinstance(container, Mapping) else None


def key_of(container: Mapping[str, Any], name: str) -> str:
    """The name as the object spells it."""
    if name in container:
        return name
    lower = name.lower()
    return next((key for key in container if isinstance(key, str) and key.lower() == lower), name)


def _child(container: Document, name: str) -> Document:
    """The object in a member, which is created if it does not exist."""
    key = key_of(container, name)
    if not isinstance(container.get(key), dict):
        container[key] = {}
    found: Document = container[key]
    return found


def _put(container: Document, key: str, value: Any) -> None:
    if is_empty(value):
        container.pop(key, None)
    else:
        container[key] = value


def _prune(container: Document, key: str) -> None:
    if not container.get(key):
        container.pop(key, None)


def _is_equal(found: Any, expected: str | bool) -> bool:
    if isinstance(expected, bool):
        return boolean_of(found) is expected if isinstance(found, bool | str) else False
    return (text_of(found) or "").lower() == expected.lower() if isinstance(found, str | bool | int) else False
