"""Which attributes go out: `returned`, `attributes`, `excludedAttributes` (RFC 7644 §3.9)."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from scim.protocol.errors import ScimError
from scim.protocol.grammar import parse_attribute_path
from scim.protocol.schemas import Attribute, Document, Json, ResourceSchema, Returned, Schema


@dataclass(frozen=True)
class Projection:
    """What a client asked to see; `is_whole` where it asked for nothing special."""

    included: frozenset[tuple[str | None, str, str | None]] = field(default_factory=frozenset)
    excluded: frozenset[tuple[str | None, str, str | None]] = field(default_factory=frozenset)
    asked: bool = False

    @property
    def is_whole(self) -> bool:
        return not self.asked and not self.excluded

    def wants(self, name: str) -> bool:
        """Whether the core attribute `name` of default visibility goes out, in whole or in part."""
        if self.asked:
            return any(extension is None and attribute == name for extension, attribute, _ in self.included)
        return (None, name, None) not in self.excluded

    def asks_for(self, name: str, sub: str) -> bool:
        """Whether `attributes` names this sub-attribute of a core attribute."""
        return (None, name, sub) in self.included


WHOLE = Projection()


def parse_projection(attributes: Iterable[str], excluded: Iterable[str], schema: ResourceSchema) -> Projection:
    """The projection of a request. Names that the schema does not know select nothing."""
    wanted, unwanted = list(attributes), list(excluded)
    return Projection(
        included=_keys(wanted, schema),
        excluded=_keys(unwanted, schema) if not wanted else frozenset(),
        asked=bool(wanted),
    )


def _keys(names: Iterable[str], schema: ResourceSchema) -> frozenset[tuple[str | None, str, str | None]]:
    keys = set()
    for name in names:
        try:
            target = schema.resolve(parse_attribute_path(name.strip()))
        except ScimError:
            continue
        if target and target.attribute:
            keys.add((target.extension, target.attribute.name, target.sub.name if target.sub else None))
        elif target and target.extension and (extension := schema.extension(target.extension)):
            keys.update((extension.urn, attribute.name, None) for attribute in extension.attributes)
    return frozenset(keys)


def project(document: Document, projection: Projection, schema: ResourceSchema) -> Document:
    """The document as this client sees it; `always` stays, `never` goes."""
    projected: Document = {}
    for key, value in document.items():
        if extension := schema.extension(key):
            members = _members(value, extension, projection)
            if members:
                projected[key] = members
        elif (attribute := schema.top_level(key)) and (kept := _value(value, None, attribute, projection)) is not None:
            projected[key] = kept
    return projected


def _members(value: Json, extension: Schema, projection: Projection) -> Document:
    members = {}
    for name, item in value.items():
        attribute = extension.attribute(name)
        if attribute and (kept := _value(item, extension.urn, attribute, projection)) is not None:
            members[name] = kept
    return members


def _value(value: Json, urn: str | None, attribute: Attribute, projection: Projection) -> Json:
    if attribute.returned is Returned.NEVER:
        return None
    named = _parts(projection.included, urn, attribute)
    unnamed = _parts(projection.excluded, urn, attribute)
    if attribute.returned is not Returned.ALWAYS:
        if projection.asked and not named:
            return None
        if not projection.asked and (attribute.returned is Returned.REQUEST or None in unnamed):
            return None
    if not attribute.is_complex:
        return value
    return _narrow(value, attribute, named, unnamed)


def _parts(
    keys: frozenset[tuple[str | None, str, str | None]], urn: str | None, attribute: Attribute
) -> set[str | None]:
    """What is named of an attribute: sub-attributes, or None for all of it."""
    return {sub for extension, name, sub in keys if (extension, name) == (urn, attribute.name)}


def _narrow(value: Json, attribute: Attribute, named: set[str | None], unnamed: set[str | None]) -> Json:
    """A complex value with the parts that go out; None if nothing is left."""
    if isinstance(value, list):
        items = [_narrow(item, attribute, named, unnamed) for item in value]
        return [item for item in items if item] or None
    if not isinstance(value, dict):
        return value
    kept = {key: item for key, item in value.items() if _goes_out(key, attribute.sub(key), named, unnamed)}
    return kept or None


def _goes_out(key: str, sub: Attribute | None, named: set[str | None], unnamed: set[str | None]) -> bool:
    if sub is None:
        return None in named or not named
    if sub.returned is Returned.NEVER:
        return False
    if sub.returned is Returned.ALWAYS or key in named:
        return True
    if sub.returned is Returned.REQUEST:
        return False
    return key not in unnamed and (not named or None in named)
