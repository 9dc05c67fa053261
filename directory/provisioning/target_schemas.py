"""The attributes that a target offers to mappings, from the document of its `/Schemas`.

The document is not trusted: what is not understood is left out, and sizes are limited.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from directory.provisioning.target_paths import PathError, TargetPath, parse_path
from scim.protocol import urns
from scim.protocol.schemas import ENTERPRISE_USER, GROUP, USER, Type

MAX_OFFERED = 500
"""The maximum number of attributes of one kind of object."""
MAX_VALUES = 10
"""The maximum number of elements of a list that are offered, such as `emails[type eq "work"].value`."""
MEMBERS = "members"
"""An attribute that is filled as a whole list."""
_OTHER_RESOURCES = {"serviceproviderconfig", "resourcetype", "schema"}
_CORE = {urns.CORE_USER.lower(), urns.CORE_GROUP.lower()}
_NOT_FILLED = {"type", "primary", "display", "$ref"}
"""Sub-attributes of an element that say which one it is, or that the target sets."""


class Offer(NamedTuple):
    """An attribute that can be the target of a mapping."""

    path: str
    type: str
    is_required: bool = False


@dataclass(frozen=True)
class TargetAttributes:
    """The attributes that are offered. `read_at` is when the target listed them; None if the target has not.

    `is_asked` says that the target will be asked soon.
    """

    offers: tuple[Offer, ...]
    read_at: datetime | None
    is_asked: bool = False

    def type_of(self, path: TargetPath) -> str:
        """The type that the target lists for a path; "" if it does not list the path."""
        return self._types.get(_key(path), "")

    def has(self, path: TargetPath) -> bool:
        """Whether the target lists the attribute, whichever element of a list is filled."""
        urn, name, sub = _key(path)
        parts = {key[2] for key in self._types if key[:2] == (urn, name)}
        return sub in parts or bool(parts and (not sub or parts == {""}))

    @cached_property
    def _types(self) -> dict[tuple[str, str, str], str]:
        return {_key(parse_path(offer.path)): offer.type for offer in reversed(self.offers)}


def offers_of(document: Any, *, of_groups: bool) -> tuple[Offer, ...]:
    """The attributes of users, or of groups, in a list of schemas; empty for any other document."""
    found = document.get("Resources") if isinstance(document, Mapping) else None
    schemas = [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []
    return _distinct(schemas, of_groups=of_groups)


def usual_offers(paths: Sequence[str], *, of_groups: bool) -> tuple[Offer, ...]:
    """The attributes of RFC 7643, and those at the paths, which a template names."""
    schemas = [GROUP.document] if of_groups else [USER.document, ENTERPRISE_USER.document]
    known = _distinct(schemas, of_groups=of_groups)
    more = [Offer(path, str(parse_path(path).type)) for path in paths if path not in {offer.path for offer in known}]
    return (*known, *more)


def _distinct(schemas: Sequence[Mapping[str, Any]], *, of_groups: bool) -> tuple[Offer, ...]:
    offers = {"externalId": Offer("externalId", str(Type.STRING))}
    for schema in schemas:
        for offer in _offers(schema, of_groups=of_groups):
            if len(offers) == MAX_OFFERED:
                break
            offers.setdefault(offer.path, offer)
    return tuple(offers.values()) if len(offers) > 1 else ()


def _offers(schema: Mapping[str, Any], *, of_groups: bool) -> Iterator[Offer]:
    urn = schema.get("id")
    if not isinstance(urn, str) or not urn.isprintable():
        return
    last = urn.rpartition(":")[2].lower()
    if last in _OTHER_RESOURCES or (last == "group") is not of_groups:
        return
    prefix = "" if urn.lower() in _CORE else f"{urn}:"
    for attribute in _objects(schema.get("attributes")):
        for path, leaf in _paths(attribute):
            if offer := _offer(prefix + path, leaf):
                yield offer


def _paths(attribute: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The paths of an attribute within its schema, with the attribute that each one fills."""
    name, subs = attribute.get("name"), _objects(attribute.get("subAttributes"))
    if not isinstance(name, str) or _is_read_only(attribute):
        return
    if attribute.get("type") != Type.COMPLEX or not subs:
        yield name, attribute
        return
    prefixes = [name]
    if attribute.get("multiValued"):
        yield name, attribute
        if name == MEMBERS:
            return
        types = next((sub.get("canonicalValues") for sub in subs if sub.get("name") == "type"), None)
        texts = [each for each in types if isinstance(each, str)] if isinstance(types, list) else []
        prefixes = [f'{name}[type eq "{each}"]' for each in texts[:MAX_VALUES] if '"' not in each and "\\" not in each]
    for prefix in prefixes:
        for sub in subs:
            if sub.get("name") not in _NOT_FILLED and not _is_read_only(sub):
                yield f"{prefix}.{sub.get('name')}", sub


def _offer(path: str, leaf: Mapping[str, Any]) -> Offer | None:
    """The offer, if a mapping could have this path."""
    try:
        parse_path(path)
    except PathError:
        return None
    kind = leaf.get("type")
    known = str(kind) if isinstance(kind, str) and kind in list(Type) else str(Type.STRING)
    return Offer(path, known, leaf.get("required") is True)


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _is_read_only(attribute: Mapping[str, Any]) -> bool:
    return attribute.get("mutability") == "readOnly"


def _key(path: TargetPath) -> tuple[str, str, str]:
    return path.urn.lower(), path.name.lower(), path.sub.lower()
