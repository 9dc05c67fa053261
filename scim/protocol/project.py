"""Selects the attributes to return: `returned`, `attributes`, `excludedAttributes` (RFC 7644 §3.9)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from scim.protocol.errors import InvalidValue, ScimError
from scim.protocol.grammar import parse_attribute_path, parse_patch_path
from scim.protocol.leniency import Leniency, Tolerance
from scim.protocol.nodes import AttributePath
from scim.protocol.schemas import Attribute, Document, Json, ResourceSchema, Returned


@dataclass(frozen=True)
class Projection:
    """The attributes that a client requested. `is_whole` if it did not select or exclude any."""

    included: frozenset[tuple[str | None, str, str | None]] = field(default_factory=frozenset)
    excluded: frozenset[tuple[str | None, str, str | None]] = field(default_factory=frozenset)
    asked: bool = False

    @property
    def is_whole(self) -> bool:
        return not self.asked and not self.excluded

    def wants(self, name: str) -> bool:
        """Whether the core attribute `name`, if `returned: default`, is returned in whole or in part."""
        if self.asked:
            return any(extension is None and attribute == name for extension, attribute, _ in self.included)
        return (None, name, None) not in self.excluded

    def asks_for(self, name: str, sub: str) -> bool:
        """Whether `attributes` contains this sub-attribute of a core attribute."""
        return (None, name, sub) in self.included


WHOLE = Projection()
MAX_NAMES = 1_000


def parse_projection(
    attributes: Iterable[str], excluded: Iterable[str], schema: ResourceSchema, leniency: Leniency
) -> Projection:
    """The projection of a request. Unknown names select nothing."""
    wanted, unwanted = list(attributes), list(excluded)
    if len(wanted) + len(unwanted) > MAX_NAMES:
        raise InvalidValue(f"'attributes' and 'excludedAttributes' can have at most {MAX_NAMES:,} names.")
    return Projection(
        included=_keys(map(without_filter, wanted), schema, leniency),
        excluded=_keys(unwanted, schema, leniency) if not wanted else frozenset(),
        asked=bool(wanted),
    )


def without_filter(name: str) -> str:
    """`emails[type eq "work"].value` as `emails.value`: a value filter selects the attribute, not single elements."""
    if "[" not in name:
        return name
    try:
        path = parse_patch_path(name.strip())
    except ScimError:
        return name  # selects nothing
    sub = ".".join(part for part in (path.path.sub, path.sub) if part)
    return str(AttributePath(path.path.name, sub or None, path.path.urn))


def _keys(
    names: Iterable[str], schema: ResourceSchema, leniency: Leniency
) -> frozenset[tuple[str | None, str, str | None]]:
    keys = set()
    for name in names:
        try:
            target = schema.resolve(parse_attribute_path(name.strip()))
        except ScimError:
            continue
        if target and target.has_dotted_urn and not leniency.allows(Tolerance.URN_WITH_DOT):
            continue
        if target and target.attribute:
            keys.add((target.extension, target.attribute.name, target.sub.name if target.sub else None))
        elif target and target.extension and (extension := schema.extension(target.extension)):
            keys.update((extension.urn, attribute.name, None) for attribute in extension.attributes)
    return frozenset(keys)


Shape = Callable[[Json], Json]
"""The returned part of a value; None if there is no such part."""


class View:
    """Projects documents of one schema: `always` attributes are kept, `never` attributes are removed.

    The rule for an attribute is determined when it first occurs, so that a page costs little more than a resource.
    """

    def __init__(self, projection: Projection, schema: ResourceSchema) -> None:
        self._projection = projection
        self._schema = schema
        self._shapes: dict[str, Shape] = {}

    def of(self, document: Document) -> Document:
        shapes, seen = self._shapes, {}
        for key, value in document.items():
            kept = (shapes.get(key) or self._settle(key))(value)
            if kept is not None:
                seen[key] = kept
        return seen

    def _settle(self, key: str) -> Shape:
        if extension := self._schema.extension(key):
            shape = _members({item.name: self._shape(extension.urn, item) for item in extension.attributes})
        else:
            attribute = self._schema.top_level(key)
            shape = self._shape(None, attribute) if attribute else _nothing
        self._shapes[key] = shape
        return shape

    def _shape(self, urn: str | None, attribute: Attribute) -> Shape:
        if attribute.returned is Returned.NEVER:
            return _nothing
        named = _parts(self._projection.included, urn, attribute)
        unnamed = _parts(self._projection.excluded, urn, attribute)
        if attribute.returned is not Returned.ALWAYS:
            if self._projection.asked and not named:
                return _nothing
            if not self._projection.asked and (attribute.returned is Returned.REQUEST or None in unnamed):
                return _nothing
        return _narrowed(attribute, named, unnamed) if attribute.is_complex else _everything


def _everything(value: Json) -> Json:
    return value


def _nothing(value: Json) -> Json:  # noqa: ARG001
    return None


def _members(shapes: dict[str, Shape]) -> Shape:
    """The returned attributes of an extension."""

    def members(value: Json) -> Json:
        found = ((name, shapes.get(name, _nothing)(item)) for name, item in value.items())
        return {name: kept for name, kept in found if kept is not None} or None

    return members


def _parts(
    keys: frozenset[tuple[str | None, str, str | None]], urn: str | None, attribute: Attribute
) -> set[str | None]:
    """The sub-attributes of an attribute that the keys contain. None is among them for the whole attribute."""
    return {sub for extension, name, sub in keys if (extension, name) == (urn, attribute.name)}


def _narrowed(attribute: Attribute, named: set[str | None], unnamed: set[str | None]) -> Shape:
    """The returned parts of a complex value."""
    known = {sub.name: _goes_out(sub, named, unnamed) for sub in attribute.sub_attributes}
    others = None in named or not named
    if others and all(known.values()):
        return _everything

    def narrow(value: Json) -> Json:
        if isinstance(value, list):
            return [kept for item in value if (kept := narrow(item))] or None
        if not isinstance(value, dict):
            return value
        return {key: item for key, item in value.items() if known.get(key, others)} or None

    return narrow


def _goes_out(sub: Attribute, named: set[str | None], unnamed: set[str | None]) -> bool:
    if sub.returned is Returned.NEVER:
        return False
    if sub.returned is Returned.ALWAYS or sub.name in named:
        return True
    if sub.returned is Returned.REQUEST:
        return False
    return sub.name not in unnamed and (not named or None in named)
