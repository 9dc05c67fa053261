"""Validates a body against its schema: names, types, required, mutability, one primary (RFC 7643 §2).

There are seven tests for a missing value, because sent and stored values differ:

| function | used for | true for |
|---|---|---|
| `is_empty` | any value | null, blank text, `[]`, `{}` |
| `says_none` | the sent value of a multi-valued attribute | null, `[]`, and `"[]"` |
| `has_empty_value` | a complex value as it was sent | one with an empty `value` |
| `is_absent` | a cleaned value | null, `[]`, `{}` |
| `is_blank` | a cleaned element | an empty one, or only `type` and `primary` without a `value` |
| `attribute_values.is_nothing` | the value of a `remove` with a path | a missing value, or only empty elements |
| `attribute_values.is_hollow` | a stored element that has lost a part | only `type`, `primary` and `display` left |
"""

import json
from collections.abc import Mapping

from scim.protocol.errors import InvalidSyntax, InvalidValue, Mutability
from scim.protocol.leniency import Leniency, Tolerance
from scim.protocol.messages import member, require_schemas
from scim.protocol.schemas import Attribute, Document, Json, Members, ResourceSchema, Type
from scim.protocol.schemas import Mutability as Changes
from scim.protocol.values import is_instance, parse_json_text

MAX_STRING = 16_384
TYPED = frozenset({"type", "primary"})
"""Sub-attributes that describe a `value` and are meaningless without one."""
MAX_VALUES = 1_000
"""The maximum number of elements of an attribute in the document. Elements stored elsewhere are not limited."""


def clean(body: Mapping[str, Json], schema: ResourceSchema, leniency: Leniency) -> Document:
    """Convert a POST or PUT body to the document to store.

    Names are spelled as in the schema; read-only and unknown attributes are dropped; null and empty
    arrays mean "no value" (RFC 7643 §2.5); `schemas` is rebuilt from the document.
    """
    if not isinstance(body, Mapping):
        raise InvalidSyntax("The body must be a JSON object.")
    require_schemas(body, schema, leniency)
    document: Document = {}
    for key, value in body.items():
        _clean_member(document, key, value, schema, leniency)
    return finish(document, schema)


def finish(document: Document, schema: ResourceSchema) -> Document:
    """The document with `schemas` rebuilt. Raises InvalidValue if a required attribute is missing."""
    extensions = [extension for extension in schema.extensions if document.get(extension.urn)]
    urns = [extension.urn for extension in extensions]
    rest = {key: value for key, value in document.items() if key != "schemas" and not is_absent(value)}
    _require(schema.core.required, rest, "")
    for extension in extensions:
        _require(extension.required, rest[extension.urn], f"{extension.urn}:")
    for urn in schema.required_extensions:
        if urn not in urns:
            raise InvalidValue(f"The extension '{urn}' is required.")
    return {"schemas": [schema.core.urn, *urns], **rest}


def _require(required: tuple[Attribute, ...], holder: Document, prefix: str) -> None:
    """Raises InvalidValue unless the holder has every required attribute, and each element the required parts."""
    for attribute in required:
        value = holder.get(attribute.name)
        if attribute.required and value in (None, "", [], {}):
            raise InvalidValue(f"'{prefix}{attribute.name}' is required.")
        for item in value if isinstance(value, list) else [value] if isinstance(value, dict) else []:
            for sub in attribute.sub_attributes:
                if sub.required and item.get(sub.name) in (None, "", [], {}):
                    raise InvalidValue(f"'{prefix}{attribute.name}.{sub.name}' is required.")


def require_immutables_kept(before: Document, after: Document, schema: ResourceSchema) -> None:
    """Raises Mutability if the existing value of an immutable attribute has changed (RFC 7644 §3.5.1)."""
    for target in schema.immutables:
        old, new = target.read(before), target.read(after)
        if old is not None and new != old:
            raise Mutability(f"'{target}' is immutable and already has a value.")


def _clean_member(document: Document, key: str, value: Json, schema: ResourceSchema, leniency: Leniency) -> None:
    attribute = schema.top_level(key)
    if attribute is not None:
        if not attribute.is_read_only and attribute.name != "schemas":
            _put(document, attribute, clean_value(value, attribute, leniency))
    elif extension := schema.extension(key):
        value = unwrapped_object(value, leniency)
        if value is not None:
            document[extension.urn] = clean_members(value, extension.members, leniency, of=extension.urn)
    else:
        require_allowed(leniency, Tolerance.UNKNOWN_ATTRIBUTE, f"There is no attribute '{key}'.")


def clean_members(value: Json, members: Members, leniency: Leniency, *, of: str) -> Document:
    """Clean the members of a complex value or extension, according to its attributes.

    A reference keeps the `displayName` that a client sends, although the standard makes it read-only, because only the
    client knows it.
    """
    if not isinstance(value, dict):
        raise InvalidValue(f"'{of}' must be an object.")
    cleaned: Document = {}
    for key, item in value.items():
        attribute = members.named(key)
        if attribute is None:
            require_allowed(leniency, Tolerance.UNKNOWN_ATTRIBUTE, f"'{of}' has no sub-attribute '{key}'.")
        elif item is None:
            continue  # null is the same as absent (RFC 7643 §2.5); Entra sends "$ref": null
        elif not attribute.is_read_only or (members.are_reference and attribute.name == "displayName"):
            _put(cleaned, attribute, clean_value(item, attribute, leniency))
    return cleaned


def _put(document: Document, attribute: Attribute, value: Json) -> None:
    if not is_absent(value):
        document[attribute.name] = value


def is_absent(value: Json) -> bool:
    """Whether a cleaned value means "no value": null, `[]` or `{}`."""
    return not value and (value is None or isinstance(value, list | dict))


def clean_value(value: Json, attribute: Attribute, leniency: Leniency) -> Json:
    """Clean an attribute's whole value: typed, with canonical names; None if it means "no value"."""
    if value is None:
        return None
    if attribute.multi_valued:
        return clean_values(value, attribute, leniency)
    if not attribute.is_complex and not isinstance(value, list):
        return _simple(value, attribute, leniency)
    return clean_single(the_element(value, attribute, leniency), attribute, leniency)


def clean_single(value: Json, attribute: Attribute, leniency: Leniency) -> Json:
    """Clean the single value of an attribute, as returned by `the_element`; None if it means "no value"."""
    if value is None or (attribute.is_complex and has_empty_value(value, attribute)):
        return None
    cleaned = clean_element(value, attribute, leniency)
    return None if attribute.is_complex and has_empty_value(cleaned, attribute) else cleaned


def the_element(value: Json, attribute: Attribute, leniency: Leniency) -> Json:
    """The value as it was sent, unpacked from JSON in a string and from a one-element array."""
    value = unwrapped(value, attribute, leniency)
    if isinstance(value, list):
        value = unwrapped(_only_element(value, attribute, leniency), attribute, leniency)
    return value


def _only_element(value: list[Json], attribute: Attribute, leniency: Leniency) -> Json:
    """The element of a one-element array; for a simple attribute, also unpacked from Entra's `{"value": …}`."""
    if len(value) != 1:
        raise InvalidValue(f"'{attribute.name}' is single-valued and cannot have several values.")
    require_allowed(leniency, Tolerance.MANY_FOR_SINGLE, f"'{attribute.name}' is single-valued and cannot be an array.")
    (element,) = value
    if attribute.is_complex or not isinstance(element, Mapping):
        return element
    members = {key.lower(): item for key, item in element.items() if item is not None}
    if not members.keys() <= {"value"}:
        raise InvalidValue(f"'{attribute.name}' has type {attribute.type} and no sub-attributes.")
    return members.get("value")


def unwrapped(value: Json, attribute: Attribute, leniency: Leniency) -> Json:
    """If a complex value is expected, parse a JSON object or array of objects in a string; else return the value."""
    if not attribute.is_complex or not isinstance(value, str) or value.lstrip()[:1] not in {"{", "["}:
        return value
    found = parse_json_text(value)
    if isinstance(found, dict) or (isinstance(found, list) and all(isinstance(item, dict) for item in found)):
        require_allowed(leniency, Tolerance.JSON_AS_STRING, f"'{attribute.name}' must be JSON, not JSON in a string.")
        return found
    return value


def clean_values(value: Json, attribute: Attribute, leniency: Leniency, *, are_selectors: bool = False) -> list[Json]:
    """Clean the elements of a multi-valued attribute: duplicates are merged, and at most one is primary.

    An element without a usable `value` is left out as a tolerance; in a membership it is an error. With
    `are_selectors`, the elements select what a `remove` removes, so a `type` alone is meaningful.
    """
    value = unwrapped(value, attribute, leniency)
    if not isinstance(value, list):
        require_allowed(leniency, Tolerance.SINGLE_FOR_MANY, f"'{attribute.name}' must be an array.")
        value = [value]
    if len(value) > MAX_VALUES and not is_detached(attribute):
        raise InvalidValue(f"'{attribute.name}' has more than {MAX_VALUES} values.")
    if any(item is None for item in value):
        raise InvalidValue(f"'{attribute.name}' contains null.")
    ignored = frozenset() if are_selectors else TYPED
    items = [_clean_one_of_many(item, attribute, leniency, ignored) for item in value]
    items = [item for item in items if item is not None]
    return single_primary(merge_duplicates(items), before=[])


def _clean_one_of_many(item: Json, attribute: Attribute, leniency: Leniency, ignored: frozenset[str]) -> Json:
    """Clean one element of a multi-valued attribute. Returns None if it has only `ignored` sub-attributes."""
    if isinstance(item, str):
        item = unwrapped(item, attribute, leniency)
    if isinstance(item, list):
        raise InvalidValue(f"'{attribute.name}' contains an array inside an array.")
    cleaned = {} if is_empty(item) else clean_element(item, attribute, leniency)
    if isinstance(cleaned, dict) and not is_empty(cleaned.get("value")):
        return cleaned
    value = attribute.value
    if value is not None and (is_detached(attribute) or (value.required and ignored)):
        raise InvalidValue(f"Each element of '{attribute.name}' needs a 'value'.")
    if not is_empty(cleaned) and not is_blank(cleaned, attribute, ignored) and not has_empty_value(item, attribute):
        return cleaned
    require_allowed(leniency, Tolerance.BLANK_ELEMENT, f"'{attribute.name}' contains an element without a 'value'.")
    return None


def is_blank(element: Json, attribute: Attribute, ignored: frozenset[str] = TYPED) -> bool:
    """Whether a cleaned element is empty, or has only a `type` or `primary` without a `value`."""
    if not attribute.is_complex:
        return is_empty(element)
    if not is_empty(element.get("value")):
        return False
    has_value = attribute.value is not None
    return all((has_value and name in ignored) or is_empty(item) for name, item in element.items())


def has_empty_value(element: Json, attribute: Attribute) -> bool:
    """Whether a complex value, as it was sent, has an empty `value` and so counts as no value (RFC 7643 §2.5)."""
    if attribute.value is None:
        return False
    if isinstance(element, str):
        return is_empty(element)
    if not isinstance(element, dict):
        return False
    if "value" in element:
        return is_empty(element["value"])
    return any(is_empty(item) for name, item in element.items() if name.lower() == "value")


def is_empty(value: Json) -> bool:
    """Whether a value means "no value": null, blank text, `[]` or `{}`."""
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, list | dict) and not value)


def says_none(value: Json) -> bool:
    """Whether the value of a multi-valued attribute means no values: null or `[]`, also as JSON in a string."""
    return value in (None, []) or (isinstance(value, str) and parse_json_text(value) == [])


def unwrapped_object(value: Json, leniency: Leniency) -> Json:
    """If an object of attributes is expected, parse a JSON object in a string; else return the value."""
    if isinstance(value, str) and isinstance(found := parse_json_text(value), dict):
        require_allowed(leniency, Tolerance.JSON_AS_STRING, "Send JSON, not JSON in a string.")
        return found
    return value


def keep_blank(document: Document, body: Document, before: Document, schema: ResourceSchema) -> Document:
    """The document of a PUT, in which attributes that were sent with only blank elements keep their values."""
    kept: Document = {name: dict(part) if isinstance(part, dict) else part for name, part in document.items()}
    for target in schema.targets:
        if target.attribute is None or not target.attribute.multi_valued or target.read(document) is not None:
            continue
        holder = member(body, target.extension) if target.extension else body
        sent = member(holder, target.attribute.name) if isinstance(holder, Mapping) else None
        if not says_none(sent) and (old := target.read(before)) is not None:
            (kept.setdefault(target.extension, {}) if target.extension else kept)[target.attribute.name] = old
    return finish(kept, schema)


def is_detached(attribute: Attribute) -> bool:
    """Whether the elements are memberships, stored as rows, whose `value` never changes (RFC 7643 §4.2)."""
    value = attribute.value
    return value is not None and value.mutability is Changes.IMMUTABLE


def clean_element(value: Json, attribute: Attribute, leniency: Leniency) -> Json:
    """Clean one element: a simple value of the attribute's type, or the members of a complex value."""
    if attribute.is_complex:
        if isinstance(value, str) and attribute.value:
            require_allowed(leniency, Tolerance.REFERENCE_AS_STRING, f"'{attribute.name}' must be an object.")
            value = {"value": value} if value.strip() else {}
        return clean_members(value, attribute.members, leniency, of=attribute.name)
    return _simple(value, attribute, leniency)


def _simple(value: Json, attribute: Attribute, leniency: Leniency) -> Json:
    is_string = type(value) is str and attribute.type is Type.STRING
    if is_string and len(value) <= MAX_STRING and value.isascii() and "\0" not in value:
        return value  # true for most values
    if not is_string and not is_instance(value, attribute):
        value = _tolerated(value, attribute, leniency)
    if isinstance(value, str):
        _require_storable(value, attribute)
    return value


def _tolerated(value: Json, attribute: Attribute, leniency: Leniency) -> Json:
    if attribute.type is Type.BOOLEAN and isinstance(value, str) and value.strip().lower() in {"true", "false"}:
        require_allowed(leniency, Tolerance.BOOLEAN_AS_STRING, f"'{attribute.name}' is a boolean, not a string.")
        return value.strip().lower() == "true"
    if attribute.type is Type.STRING and isinstance(value, int | float) and not isinstance(value, bool):
        require_allowed(leniency, Tolerance.NUMBER_AS_STRING, f"'{attribute.name}' is a string, not a number.")
        return str(value)
    raise InvalidValue(f"'{attribute.name}' must have type {attribute.type}.")


def _require_storable(text: str, attribute: Attribute) -> None:
    if attribute.type is not Type.BINARY and len(text) > MAX_STRING:
        raise InvalidValue(f"'{attribute.name}' is longer than {MAX_STRING} characters.")
    if "\0" in text or not (text.isascii() or all(not 0xD800 <= ord(character) <= 0xDFFF for character in text)):
        raise InvalidValue(f"'{attribute.name}' contains a character that cannot be stored.")


def require_allowed(leniency: Leniency, tolerance: Tolerance, otherwise: str) -> None:
    """Raises InvalidValue with `otherwise` if the tolerance is disabled."""
    if not leniency.allows(tolerance):
        raise InvalidValue(otherwise)


def merge_duplicates(items: list[Json]) -> list[Json]:
    """Merge elements with the same type and value. Later members win (RFC 7643 §2.4)."""
    if len(items) < 2:
        return items
    merged: list[Json] = []
    seen: dict[tuple[str, str], int] = {}
    others: set[str] = set()
    for item in items:
        if isinstance(item, dict) and "value" in item:
            key = (str(item.get("type", "")).lower(), str(item["value"]))
            if key in seen:
                merged[seen[key]] = {**merged[seen[key]], **item}
                continue
            seen[key] = len(merged)
        else:
            if (written := json.dumps(item, sort_keys=True)) in others:
                continue
            others.add(written)
        merged.append(item)
    return merged


def single_primary(items: list[Json], *, before: list[Json]) -> list[Json]:
    """Keep at most one `primary: true`. A newly set one wins over those in `before` (RFC 7644 §3.5.2)."""
    primaries = [item for item in items if isinstance(item, dict) and item.get("primary") is True]
    if len(primaries) < 2:
        return items
    known = {json.dumps(item, sort_keys=True) for item in before}
    new = [item for item in primaries if json.dumps(item, sort_keys=True) not in known] or primaries
    keep = new[-1]
    return [
        {**item, "primary": False}
        if isinstance(item, dict) and item.get("primary") is True and item is not keep
        else item
        for item in items
    ]
