"""Schemas as data (RFC 7643 §2, §7), loaded from `definitions/`, and served and applied unchanged."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

from scim.protocol import urns
from scim.protocol.nodes import AttributePath

Json = Any
Document = dict[str, Json]
DEFINITIONS = Path(__file__).parent / "definitions"


class Type(StrEnum):
    STRING = "string"
    BOOLEAN = "boolean"
    DECIMAL = "decimal"
    INTEGER = "integer"
    DATE_TIME = "dateTime"
    BINARY = "binary"
    REFERENCE = "reference"
    COMPLEX = "complex"


class Mutability(StrEnum):
    READ_ONLY = "readOnly"
    READ_WRITE = "readWrite"
    IMMUTABLE = "immutable"
    WRITE_ONLY = "writeOnly"


class Returned(StrEnum):
    ALWAYS = "always"
    NEVER = "never"
    DEFAULT = "default"
    REQUEST = "request"


@dataclass(frozen=True)
class Attribute:
    """The characteristics of one attribute (RFC 7643 §2.2, §7)."""

    name: str
    type: Type = Type.STRING
    multi_valued: bool = False
    required: bool = False
    case_exact: bool = False
    mutability: Mutability = Mutability.READ_WRITE
    returned: Returned = Returned.DEFAULT
    uniqueness: str = "none"
    sub_attributes: tuple[Attribute, ...] = ()

    @classmethod
    def from_document(cls, document: Mapping[str, Json]) -> Attribute:
        return cls(
            name=document["name"],
            type=Type(document["type"]),
            multi_valued=document.get("multiValued", False),
            required=document.get("required", False),
            case_exact=document.get("caseExact", False),
            mutability=Mutability(document.get("mutability", "readWrite")),
            returned=Returned(document.get("returned", "default")),
            uniqueness=document.get("uniqueness", "none"),
            sub_attributes=tuple(cls.from_document(sub) for sub in document.get("subAttributes", ())),
        )

    @cached_property
    def is_complex(self) -> bool:
        return self.type is Type.COMPLEX

    @cached_property
    def is_read_only(self) -> bool:
        return self.mutability is Mutability.READ_ONLY

    @cached_property
    def members(self) -> Members:
        return Members(self.sub_attributes)

    @cached_property
    def value(self) -> Attribute | None:
        """The sub-attribute `value`, if there is one."""
        return self.sub("value")

    def sub(self, name: str) -> Attribute | None:
        return self.members.named(name)


class Members:
    """The attributes that an object may have, by case-insensitive name. Created once for each object of a schema."""

    def __init__(self, attributes: Iterable[Attribute]) -> None:
        lower = {attribute.name.lower(): attribute for attribute in attributes}
        # Most names are spelled as in the schema.
        self._known = lower | {attribute.name: attribute for attribute in lower.values()}
        self.are_reference = "$ref" in lower and "value" in lower

    def named(self, name: str) -> Attribute | None:
        return self._known.get(name) or self._known.get(name.lower())


@dataclass(frozen=True)
class Schema:
    """One schema: its URN, its attributes, and the document that `/Schemas` serves."""

    urn: str
    name: str
    description: str
    attributes: tuple[Attribute, ...]
    document: Document = field(repr=False, hash=False, compare=False)

    @classmethod
    def from_document(cls, document: Document) -> Schema:
        attributes = tuple(Attribute.from_document(attribute) for attribute in document["attributes"])
        served = {name: value for name, value in document.items() if name != "resourceType"}
        return cls(document["id"], document["name"], document["description"], attributes, served)

    @cached_property
    def members(self) -> Members:
        return Members(self.attributes)

    @cached_property
    def required(self) -> tuple[Attribute, ...]:
        """The attributes that are required or have a required sub-attribute."""
        return tuple(
            attribute
            for attribute in self.attributes
            if attribute.required or any(sub.required for sub in attribute.sub_attributes)
        )

    def attribute(self, name: str) -> Attribute | None:
        return self.members.named(name)


# Common attributes of every resource (RFC 7643 §3.1).
COMMON = (
    Attribute("schemas", Type.REFERENCE, multi_valued=True, required=True, case_exact=True, returned=Returned.ALWAYS),
    Attribute("id", case_exact=True, mutability=Mutability.READ_ONLY, returned=Returned.ALWAYS, uniqueness="server"),
    Attribute("externalId", case_exact=True),
    Attribute(
        "meta",
        Type.COMPLEX,
        mutability=Mutability.READ_ONLY,
        sub_attributes=tuple(
            Attribute(name, kind, case_exact=True, mutability=Mutability.READ_ONLY)
            for name, kind in (
                ("resourceType", Type.STRING),
                ("created", Type.DATE_TIME),
                ("lastModified", Type.DATE_TIME),
                ("location", Type.REFERENCE),
                ("version", Type.STRING),
            )
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Target:
    """The target of a path: an attribute (and sub-attribute) of the core schema or of `extension`.

    `attribute` is None if the path is a whole extension. `has_dotted_urn` means that the path has a dot between the URN
    and the attribute, where RFC 7644 §3.10 has a colon.
    """

    extension: str | None
    attribute: Attribute | None
    sub: Attribute | None = None
    has_dotted_urn: bool = field(default=False, compare=False)

    @property
    def leaf(self) -> Attribute | None:
        return self.sub or self.attribute

    def __str__(self) -> str:
        names = [part.name for part in (self.attribute, self.sub) if part]
        return ":".join(part for part in (self.extension, ".".join(names)) if part)

    def read(self, document: Document) -> Json:
        """The value in a document; None if there is none."""
        value: Json = document.get(self.extension, {}) if self.extension else document
        for part in (self.attribute, self.sub):
            if part is not None:
                value = value.get(part.name) if isinstance(value, dict) else None
        return value


@dataclass(frozen=True)
class ResourceSchema:
    """Everything that a resource of one type can have: common attributes, core schema, extensions."""

    core: Schema
    extensions: tuple[Schema, ...] = ()
    required_extensions: frozenset[str] = frozenset()
    short_names: str | None = None
    """The URN of the extension whose attributes may be used without it, if no common or core attribute has the name."""

    def with_short_names(self, urn: str) -> ResourceSchema:
        """The same schema, in which an unknown name refers to an attribute of this extension."""
        return replace(self, short_names=urn)

    @cached_property
    def _extensions(self) -> dict[str, Schema]:
        lower = {schema.urn.lower(): schema for schema in self.extensions}
        return lower | {schema.urn: schema for schema in lower.values()}

    def extension(self, urn: str) -> Schema | None:
        return self._extensions.get(urn) or self._extensions.get(urn.lower())

    def top_level(self, name: str) -> Attribute | None:
        """The common or core attribute with this case-insensitive name."""
        return self._top_level.named(name)

    @cached_property
    def _top_level(self) -> Members:
        return Members((*COMMON, *self.core.attributes))

    @cached_property
    def attributes(self) -> tuple[Attribute, ...]:
        return (*COMMON, *self.core.attributes)

    @cached_property
    def targets(self) -> tuple[Target, ...]:
        """Every attribute of the core schema and of the extensions, without sub-attributes."""
        core = tuple(Target(None, attribute) for attribute in self.core.attributes)
        return core + tuple(
            Target(schema.urn, attribute) for schema in self.extensions for attribute in schema.attributes
        )

    @cached_property
    def immutables(self) -> tuple[Target, ...]:
        """The immutable attributes, and the immutable sub-attributes of single-valued attributes."""
        parts = (
            Target(target.extension, target.attribute, sub)
            for target in self.targets
            if target.attribute and not target.attribute.multi_valued
            for sub in target.attribute.sub_attributes
        )
        found = (*self.targets, *parts)
        return tuple(target for target in found if target.leaf and target.leaf.mutability is Mutability.IMMUTABLE)

    @cached_property
    def uniques(self) -> tuple[Target, ...]:
        """The single-valued attributes whose values must be unique, except `userName`."""
        return tuple(
            target
            for target in self.targets
            if target.attribute
            and not target.attribute.multi_valued
            and target.attribute.uniqueness in {"server", "global"}
            and str(target) != "userName"
        )

    def resolve(self, path: AttributePath) -> Target | None:
        """The target of `path`; None if there is none. URNs and names are case-insensitive."""
        if path.urn is None and self.short_names and self.top_level(path.name) is None:
            path = replace(path, urn=self.short_names)
        if path.urn is None:
            return self._member(None, path.name, path.sub)
        if path.urn.lower() == self.core.urn.lower():
            return self._member(None, path.name, path.sub)
        if extension := self.extension(path.urn):
            return self._member(extension, path.name, path.sub)
        return self._after_urn(str(path))

    def _after_urn(self, text: str) -> Target | None:
        """The target of a path that is a schema's URN, or a URN followed by a dot and an attribute."""
        if extension := self.extension(text):
            return Target(extension.urn, None)
        for schema in (self.core, *self.extensions):
            if text.lower().startswith(f"{schema.urn.lower()}."):
                name, _, sub = text[len(schema.urn) + 1 :].partition(".")
                found = self._member(None if schema is self.core else schema, name, sub or None)
                return replace(found, has_dotted_urn=True) if found else None
        return None

    def _member(self, extension: Schema | None, name: str, sub_name: str | None) -> Target | None:
        attribute = extension.attribute(name) if extension else self.top_level(name)
        if attribute is None:
            return None
        urn = extension.urn if extension else None
        if sub_name is None:
            return Target(urn, attribute)
        sub = attribute.sub(sub_name)
        return Target(urn, attribute, sub) if sub else None


def load(names: Iterable[str]) -> list[Schema]:
    """The schemas in `definitions/NAME.json`, in the given order."""
    return [Schema.from_document(json.loads((DEFINITIONS / f"{name}.json").read_text("utf-8"))) for name in names]


USER, ENTERPRISE_USER, WEBEX_USER = load(("User", "EnterpriseUser", "WebexUser"))
GROUP, WEBEX_GROUP = load(("Group", "WebexGroup"))
DISCOVERY = tuple(load(("ServiceProviderConfig", "ResourceType", "Schema")))

assert USER.urn == urns.CORE_USER  # noqa: S101 — stop at startup if a definition file has a wrong name
