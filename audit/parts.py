"""The personal values of an event: one part for the actor, one for the target, each with its own salt.

The event has only a commitment to each part: the SHA-256 digest of the salt, followed by the canonical JSON of the
part's `name`, `subject` and `value`. Erasing a person removes the `salt` and `value` of the parts that have the person
as `subject`. Without the salt, values cannot be found by guessing and comparing digests.
"""

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from audit.encoding import canonical

PARTS = ACTOR, TARGET = "actor", "target"
"""The names of the parts, in their order."""
SALT_BYTES = 16

PUBLIC_DETAILS = frozenset({
    "added", "archive", "changes_left_out", "first_at", "format", "grant", "job", "last_at", "method", "note",
    "removed", "request", "requests", "revived_by", "roles_removed", "root", "scim_type", "sha256", "tolerated",
    "type", "types", "undo of",
})  # fmt: skip
"""Details that are facts about the event and identify people only by id. Numbers and booleans are facts too."""
_NUMBERS = frozenset({int, bool})


@dataclass(frozen=True, slots=True)
class Personal:
    """The values of the two parts. None if they were erased, {} if the event has none."""

    actor: Mapping[str, Any] | None
    target: Mapping[str, Any] | None

    @property
    def is_erased(self) -> bool:
        return self.actor is None or self.target is None


ERASED = Personal(None, None)


class Parts(NamedTuple):
    """The parts as a JSON array, and the commitment to each in hexadecimal digits."""

    text: str
    commitments: list[str]


def make_parts(actor: tuple[str, Mapping[str, Any]], target: tuple[str, Mapping[str, Any]]) -> Parts:
    """The parts of an event, from the subject and the values of each."""
    salts = os.urandom(2 * SALT_BYTES)
    first, first_digest = _part(ACTOR, *actor, salts[:SALT_BYTES])
    second, second_digest = _part(TARGET, *target, salts[SALT_BYTES:])
    return Parts(f"[{first},{second}]", [first_digest, second_digest])


def _part(name: str, subject: str, value: Mapping[str, Any], salt: bytes) -> tuple[str, str]:
    text = canonical({"name": name, "subject": subject, "value": value})
    return f'{{"salt":"{salt.hex()}",{text[1:].decode()}', hashlib.sha256(salt + text).hexdigest()


def commitment_of(part: Mapping[str, Any]) -> str | None:
    """The commitment to a part that was read, in hexadecimal digits; None if its values were erased."""
    if "salt" not in part or "value" not in part:
        return None
    content = {name: value for name, value in part.items() if name != "salt"}
    return hashlib.sha256(bytes.fromhex(part["salt"]) + canonical(content)).hexdigest()


def values_of(parts: Sequence[Mapping[str, Any]]) -> Personal:
    found = {part.get("name"): part.get("value") for part in parts}
    return Personal(found.get(ACTOR), found.get(TARGET))


def split_details(details: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The details that are public facts, and all others, which may be personal."""
    facts, personal = dict[str, Any](), dict[str, Any]()
    for name, value in details.items():
        is_public = type(value) in _NUMBERS or name in PUBLIC_DETAILS
        (facts if is_public else personal)[name] = value
    return facts, personal
