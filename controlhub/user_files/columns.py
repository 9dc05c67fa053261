"""The columns of a file of users: each reads its value from a document as text, and writes text into a document."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, cast

import orjson
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from controlhub.text.stored_texts import storable
from controlhub.user_files import cells
from controlhub.user_files.people import People
from scim.protocol.errors import ScimError
from scim.protocol.leniency import Leniency
from scim.protocol.schemas import Attribute, Document, Json, Mutability, ResourceSchema, Returned, Target, Type
from scim.protocol.validate import clean_value

ELEMENT_DEFAULTS: dict[str, dict[str, Json]] = {
    "emails": {"type": "work", "primary": True},
    "phoneNumbers": {"type": "work"},
}
"""What an element that is written as plain text has in addition to its value."""
TYPES = {"emails": ("work", "home", "other"), "phoneNumbers": ("work", "mobile", "home", "other")}
"""Types of elements that have their own columns, which only imports use."""
ADDRESS_PARTS = ("streetAddress", "locality", "region", "postalCode", "country")
UNSTORED = frozenset({"schemas", "id", "meta", "groups", "password"})
MANAGER = "manager"
NO_MANAGER = storable(
    gettext_noop("There is no user with the userName {name}. Add the manager first, or leave the cell empty.")
)
NOT_AN_ADDRESS = storable(gettext_noop("{text} is not a valid email address."))


class CellError(ValueError):
    """A cell whose text is not valid for the attribute. `str()` says why."""


@dataclass(frozen=True)
class Column(ABC):
    """An attribute or a part of one. `key` is the header of the column in exports."""

    key: str

    @abstractmethod
    def value(self, document: Document, people: People) -> str | None:
        """Returns the value as text, not yet as a cell, or None. Arrays and objects are written as JSON."""

    @abstractmethod
    def put(self, document: Document, text: str, people: People) -> None:
        """Set the value in a document, in place. CellError if it is not valid."""

    @abstractmethod
    def clear(self, document: Document) -> None:
        """Remove the value from a document, in place."""

    def cell(self, document: Document, people: People, *, is_plain: bool = False) -> str:
        """Returns the value as a cell, or "" if there is none."""
        text = self.value(document, people)
        return "" if text is None else cells.written(text, is_plain=is_plain)


@dataclass(frozen=True)
class Simple(Column):
    """An attribute with one value, or a part of a complex one."""

    target: Target

    @property
    def attribute(self) -> Attribute:
        return cast(Attribute, self.target.leaf)

    def value(self, document: Document, _people: People) -> str | None:
        found = self.target.read(document)
        if found is None:
            return None
        return found if isinstance(found, str) and not self.attribute.multi_valued else _json(found)

    def put(self, document: Document, text: str, _people: People) -> None:
        value = cleaned(_typed(text, self.attribute), self.attribute)
        _holder(document, self.target)[self.attribute.name] = value

    def clear(self, document: Document) -> None:
        _holder(document, self.target).pop(self.attribute.name, None)


@dataclass(frozen=True)
class Many(Column):
    """All values of a multi-valued attribute: a JSON array, or plain text for a single typical value."""

    target: Target

    @property
    def attribute(self) -> Attribute:
        return cast(Attribute, self.target.attribute)

    def value(self, document: Document, _people: People) -> str | None:
        found = self.target.read(document)
        if found is None:
            return None
        return self._plain(found) or _json(found)

    def _plain(self, values: list[Json]) -> str | None:
        element = values[0] if len(values) == 1 else None
        text = element.get("value") if isinstance(element, dict) else element
        if not isinstance(text, str) or not text or text.lstrip()[:1] in {"[", "{"} or element != self._element(text):
            return None
        return text if self.attribute.name != "emails" or _is_address(text) else None

    def put(self, document: Document, text: str, _people: People) -> None:
        values = _parsed(text) if text.lstrip().startswith("[") else [self._from_plain(text)]
        _holder(document, self.target)[self.attribute.name] = cleaned(values, self.attribute)

    def _from_plain(self, text: str) -> Json:
        if self.attribute.name == "emails":
            require_address(text)
        return self._element(text)

    def _element(self, text: str) -> Json:
        if not self.attribute.is_complex:
            return _typed(text, self.attribute)
        return {"value": text, **ELEMENT_DEFAULTS.get(self.attribute.name, {})}

    def clear(self, document: Document) -> None:
        _holder(document, self.target).pop(self.attribute.name, None)


@dataclass(frozen=True)
class Element(Column):
    """A part of the element with a certain type, such as `emails[type eq "work"].value`."""

    target: Target
    type: str
    part: str = "value"

    @property
    def attribute(self) -> Attribute:
        return cast(Attribute, self.target.attribute)

    def value(self, document: Document, _people: People) -> str | None:
        element = self._find(document)
        found = element.get(self.part) if element else None
        return found if isinstance(found, str) else None

    def put(self, document: Document, text: str, _people: People) -> None:
        if self.attribute.name == "emails":
            require_address(text)
        holder = _holder(document, self.target)
        values = holder.setdefault(self.attribute.name, [])
        element = self._find(document)
        if element is None:
            is_first = self.attribute.name == "emails" and not values
            element = {"type": self.type, **({"primary": True} if is_first else {})}
            values.append(element)
        element[self.part] = text
        holder[self.attribute.name] = cleaned(values, self.attribute)

    def clear(self, document: Document) -> None:
        holder, element = _holder(document, self.target), self._find(document)
        if element is None:
            return
        element.pop(self.part, None)
        if self.part == "value" or not element.keys() - {"type", "primary"}:
            holder[self.attribute.name].remove(element)

    def _find(self, document: Document) -> Document | None:
        values = self.target.read(document) or []
        return next((element for element in values if element.get("type") == self.type), None)


@dataclass(frozen=True)
class Manager(Column):
    """The manager by userName. A manager who is not a user here is written as a JSON object."""

    target: Target

    def value(self, document: Document, people: People) -> str | None:
        found = self.target.read(document)
        if found is None:
            return None
        return people.name_of(found.get("value")) or _json(found)

    def put(self, document: Document, text: str, people: People) -> None:
        holder = _holder(document, self.target)
        if text.lstrip().startswith("{"):
            holder[MANAGER] = cleaned(_parsed(text), cast(Attribute, self.target.attribute))
            return
        found = people.id_of(text)
        if found is None:
            raise CellError(_(NO_MANAGER).format(name=text))
        if holder.get(MANAGER, {}).get("value") != found:
            holder[MANAGER] = {"value": found}

    def clear(self, document: Document) -> None:
        _holder(document, self.target).pop(MANAGER, None)


def exported_columns(schema: ResourceSchema) -> list[Column]:
    """Returns the columns that together contain a whole document, without `id` and `meta`."""
    common = [Target(None, attribute) for attribute in schema.attributes if attribute.name == "externalId"]
    found: list[Column] = []
    for target in (*common, *schema.targets):
        found += _columns_of(target)
    return sorted(found, key=lambda column: column.key != "userName")


def imported_columns(schema: ResourceSchema) -> dict[str, Column]:
    """Returns every column that an import can have, by key: the exported ones, and single elements."""
    columns: list[Column] = exported_columns(schema)
    for name, types in TYPES.items():
        target = Target(None, schema.top_level(name))
        columns += [Element(f'{name}[type eq "{kind}"].value', target, kind) for kind in types]
    addresses = Target(None, schema.top_level("addresses"))
    columns += [Element(f'addresses[type eq "work"].{part}', addresses, "work", part) for part in ADDRESS_PARTS]
    return {column.key: column for column in columns}


def _columns_of(target: Target) -> list[Column]:
    attribute = cast(Attribute, target.attribute)
    if not is_written(attribute) or str(target) in UNSTORED:
        return []
    if attribute.multi_valued:
        return [Many(str(target), target)]
    if not attribute.is_complex:
        return [Simple(str(target), target)]
    parts = [Target(target.extension, attribute, sub) for sub in attribute.sub_attributes]
    if attribute.name == MANAGER and attribute.sub("$ref"):
        names = [part for part in parts if part.sub and part.sub.name == "displayName"]
        return [Manager(str(target), target), *(Simple(str(part), part) for part in names)]
    return [Simple(str(part), part) for part in parts if part.sub and is_written(part.sub)]


def is_written(attribute: Attribute) -> bool:
    """Whether files have the attribute: not if only the server sets it, and not if it is never returned."""
    return attribute.mutability is not Mutability.READ_ONLY and attribute.returned is not Returned.NEVER


def cleaned(value: Json, attribute: Attribute) -> Json:
    """Returns the value as the schema defines it. CellError if it is not valid."""
    try:
        found = clean_value(value, attribute, Leniency(()))
    except ScimError as error:
        raise CellError(str(error)) from error
    if found is None:
        raise CellError(_("The value is empty."))
    return found


def require_address(text: str) -> None:
    """CellError unless the text is an e-mail address."""
    if not _is_address(text):
        raise CellError(_(NOT_AN_ADDRESS).format(text=text))


def _is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def _holder(document: Document, target: Target) -> dict[str, Any]:
    """Returns the object in a document that has the target's leaf. It is created if it does not exist."""
    holder = document.setdefault(target.extension, {}) if target.extension else document
    if target.sub is not None and target.attribute is not None:
        return cast("dict[str, Any]", holder.setdefault(target.attribute.name, {}))
    return cast("dict[str, Any]", holder)


def _typed(text: str, attribute: Attribute) -> Json:
    """Returns the text as the attribute's JSON type."""
    if attribute.multi_valued and text.lstrip().startswith("["):
        return _parsed(text)
    if attribute.type is Type.BOOLEAN:
        return _boolean(text)
    if attribute.type in {Type.INTEGER, Type.DECIMAL}:
        return _parsed(text)
    return text


def _boolean(text: str) -> bool:
    found = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}.get(text.lower())
    if found is None:
        raise CellError(_("Enter true or false."))
    return found


def _parsed(text: str) -> Json:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise CellError(_("The value is not valid JSON.")) from None


def _json(value: Json) -> str:
    text = orjson.dumps(value).decode()
    return text.replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")
