"""The changes in an event: one entry for each attribute or element added, removed or changed.

An entry is `{attribute, op, old, new}`. For a multi-valued attribute, only the elements that differ before and after
are recorded, so that adding one value to a thousand is one entry. When a user is created or hard deleted, the document
is recorded as it is, which takes a third of the space of its entries. The entries are derived from it when the event
is read (docs/decisions/0133).
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple

from audit.encoding import canonical
from audit.redact import is_secret, redact
from controlhub.text.secret_names import REDACTED

VERSION = 4
"""The version of newly written events (docs/audit-format.md)."""
MAX_WHOLE = 4_096
"""The maximum size in bytes, as JSON, of an added or removed document that is recorded whole."""
MAX_ENTRIES = 200
MAX_BYTES = 65_536
"""The maximum size of one event's entries as JSON. Entries beyond it are only counted."""
MAX_NAMED = 20
"""The maximum number of attributes that are listed because entries of theirs were left out."""


ADDED, REMOVED, CHANGED = "added", "removed", "changed"
REORDERED = "reordered"
"""The same elements in another order: an entry with neither `old` nor `new`."""


class Change(NamedTuple):
    """One entry, before anything is redacted."""

    attribute: str
    op: str
    old: Any = None
    new: Any = None
    is_element: bool = False
    is_hidden: bool = False

    def entry(self, secrets: AbstractSet[str]) -> dict[str, Any]:
        """The entry as it is stored. An empty value is shown even for a secret attribute."""
        attribute, op, old, new, _, is_hidden = self
        if old is not None:
            old = REDACTED if is_hidden else redact(old, attribute, secrets)
        if new is not None:
            new = REDACTED if is_hidden else redact(new, attribute, secrets)
        return {"attribute": attribute, "op": op, "old": old, "new": new}


class ChangeEntries(NamedTuple):
    """The entries of an event as a JSON array, and the number of entries left out, with the names of their attributes.

    `key` is the key of the entries in the target's values: `changes`, or `added` or `removed` for the JSON object of a
    whole document.
    """

    text: str
    left_out: int = 0
    attributes: tuple[str, ...] = ()
    key: str = "changes"

    @property
    def details(self) -> dict[str, Any]:
        """The part of the event's details about the entries that were left out."""
        return {"changes_left_out": {"count": self.left_out, "attributes": list(self.attributes)}}


NOTHING = ChangeEntries("[]")


def describe_changes(
    before: Mapping[str, Any], after: Mapping[str, Any], secrets: AbstractSet[str] = frozenset()
) -> ChangeEntries:
    """The entries for a document before and after, as many as an event has room for."""
    if not before and not after:
        return NOTHING
    changes = differences(before, after, secrets=secrets)
    if len(changes) <= MAX_ENTRIES:
        text = canonical([change.entry(secrets) for change in changes])
        if len(text) <= MAX_BYTES:
            return ChangeEntries(text.decode())
    return _describe_in_part(changes, secrets)


def describe_whole(
    before: Mapping[str, Any], after: Mapping[str, Any], secrets: AbstractSet[str] = frozenset()
) -> ChangeEntries:
    """The document that was added or removed; its entries if it is long, or if there is a document before and after."""
    if before and after:
        return describe_changes(before, after, secrets)
    text = canonical(_without_secrets(before or after, "", secrets))
    if len(text) > MAX_WHOLE:
        return describe_changes(before, after, secrets)
    return ChangeEntries(text.decode(), key=ADDED if after else REMOVED)


def _without_secrets(document: Mapping[str, Any], prefix: str, secrets: AbstractSet[str]) -> dict[str, Any]:
    """The document with its values redacted as in its entries."""
    return {
        name: REDACTED
        if value is not None and is_secret(name, prefix, secrets)
        else _without_secrets(value, _inside(prefix, name), secrets)
        if type(value) is dict
        else redact(value, f"{prefix}{name}", secrets)
        for name, value in document.items()
    }


def entries_of(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The entries of an event, read from its target's values. Those of a whole document are sorted by attribute."""
    if (document := values.get(ADDED)) is not None:
        found = differences({}, document)
    elif (document := values.get(REMOVED)) is not None:
        found = differences(document, {})
    else:
        return list(values.get("changes", ()))
    found.sort(key=lambda change: (change.attribute.startswith(_URN), change.attribute))
    return [{"attribute": change.attribute, "op": change.op, "old": change.old, "new": change.new} for change in found]


def _describe_in_part(changes: list[Change], secrets: AbstractSet[str]) -> ChangeEntries:
    """Single-valued attributes first, then elements, so that a long list does not crowd out a changed name."""
    texts, left_out, room = list[bytes](), dict[str, int](), MAX_BYTES - len("[]")
    for change in sorted(changes, key=lambda change: change.is_element):
        text = canonical(change.entry(secrets)) if len(texts) < MAX_ENTRIES and room > 0 else b""
        if text and len(text) < room:
            texts.append(text)
            room -= len(text) + len(",")
        else:
            left_out[change.attribute] = left_out.get(change.attribute, 0) + 1
    text = b"[" + b",".join(texts) + b"]"
    return ChangeEntries(text.decode(), sum(left_out.values()), tuple(left_out)[:MAX_NAMED])


def differences(
    before: Mapping[str, Any], after: Mapping[str, Any], prefix: str = "", secrets: AbstractSet[str] = frozenset()
) -> list[Change]:
    """The changed attributes, including those inside extensions and complex values."""
    found: list[Change] = []
    names = [*before, *(name for name in after if name not in before)] if before else after
    for name in names:
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        path = f"{prefix}{name}"
        kind = type(new if old is None else old)
        if is_secret(name, prefix, secrets):
            found.append(Change(path, _op(old, new), old, new, is_hidden=True))
        elif kind not in _OPENED or (new is not None and type(new) is not kind):
            found.append(Change(path, _op(old, new), old, new))
        elif kind is dict:
            found += differences(old or {}, new or {}, _inside(prefix, name), secrets)
        else:
            found += _elements(path, old or [], new or [])
    return found


_OPENED = frozenset({dict, list})
_URN = "urn:"


def _inside(prefix: str, name: str) -> str:
    """The prefix of the names of attributes inside an extension or a complex attribute."""
    return f"{prefix}{name}{':' if name.startswith(_URN) else '.'}"


def _op(old: Any, new: Any) -> str:
    return ADDED if old is None else REMOVED if new is None else CHANGED


def _elements(path: str, old: Sequence[Any], new: Sequence[Any]) -> list[Change]:
    """The added, removed and changed elements, found in linear time."""
    if not old:
        return [Change(path, ADDED, None, element, is_element=True) for element in new]
    gone, come = _apart(*_without_common_ends(old, new))
    if new and not gone and not come:
        return [Change(path, REORDERED)]
    successors = _pairs(gone, come) if gone and come else {}
    found = []
    for place, element in enumerate(gone):
        successor = successors.get(place)
        if successor is None:
            found.append(Change(path, REMOVED, element, is_element=True))
        else:
            found.append(Change(path, CHANGED, element, come[successor], is_element=True))
    changed = set(successors.values())
    added = (element for place, element in enumerate(come) if place not in changed)
    return [*found, *(Change(path, ADDED, None, element, is_element=True) for element in added)]


def _without_common_ends(old: Sequence[Any], new: Sequence[Any]) -> tuple[Sequence[Any], Sequence[Any]]:
    """The parts between the common prefix and suffix, because most changes affect one element."""
    start, most = 0, min(len(old), len(new))
    while start < most and old[start] == new[start]:
        start += 1
    end = 0
    while end < most - start and old[-1 - end] == new[-1 - end]:
        end += 1
    return old[start : len(old) - end], new[start : len(new) - end]


def _apart(old: Sequence[Any], new: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """The elements of each list that the other lacks, in any order."""
    if not old or not new:
        return list(old), list(new)
    kept: dict[bytes, list[Any]] = {}
    for element in old:
        kept.setdefault(_text(element), []).append(element)
    come = []
    for element in new:
        same = kept.get(_text(element))
        if same:
            same.pop()
        else:
            come.append(element)
    return [element for same in kept.values() for element in same], come


def _text(element: Any) -> bytes:
    return canonical(element)


def _pairs(gone: Sequence[Any], come: Sequence[Any]) -> dict[int, int]:
    """The index in `come` for each index in `gone`, matched first by the same `value`, then by the same `type`."""
    pairs, taken = dict[int, int](), set[int]()
    for name in ("value", "type"):
        places: dict[Any, list[int]] = {}
        for place in range(len(come) - 1, -1, -1):
            if place not in taken and (key := _key(come[place], name)):
                places.setdefault(key, []).append(place)
        for place, element in enumerate(gone):
            if place not in pairs and (found := places.get(_key(element, name))):
                pairs[place] = found.pop()
                taken.add(pairs[place])
    return pairs


def _key(element: Any, name: str) -> str | None:
    value = element.get(name) if isinstance(element, dict) else None
    return value if isinstance(value, str) else None
