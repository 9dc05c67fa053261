"""Names of people and addresses in the form in which they are compared."""

import re
import unicodedata
from uuid import UUID

from controlhub.errors import InvalidNameError

MAX_LENGTH = 512
MAX_BYTES = 2_400
"""An index entry can hold some 2,700 bytes."""
TOMBSTONE_PREFIX = 32
"""The number of characters that a tombstone name has before the original name."""
_TOMBSTONE = re.compile(r"(?P<hex>[0-9a-f]{32})(?P<original>.+)\Z", re.DOTALL | re.IGNORECASE)
# Bidirectional controls and characters without width, which would make two names look alike.
INVISIBLE = frozenset(
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u2060\u2061\u2062\u2063\u2064\u3164\ufeff\uffa0"
)


def canonical_key(name: str) -> str:
    """Returns the name in NFKC, case-folded and trimmed. Idempotent. Equal keys mean the same name."""
    if name.isascii():
        return name.lower().strip()
    key = name.replace("\u0130", "i")  # the only capital whose lower case is not its folded form
    while (folded := unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", key).casefold()).strip()) != key:
        key = folded
    return key


def require_name(name: str, field: str, *, most: int = MAX_LENGTH) -> str:
    """Returns the canonical key of a storable name of at most `most` characters. InvalidNameError otherwise."""
    key = canonical_key(name)
    if not key:
        raise InvalidNameError(f"'{field}' is empty.", field=field)
    if len(name) > most:
        raise InvalidNameError(f"'{field}' is longer than {most} characters.", field=field)
    if not (name.isascii() and name.isprintable()) and any(is_invisible(character) for character in name):
        raise InvalidNameError(f"'{field}' contains a control, bidirectional or invisible character.", field=field)
    require_indexable(key, field, most=most)
    return key


def require_indexable(text: str, field: str, *, most: int = MAX_LENGTH) -> None:
    """InvalidNameError if the text is too long for an index."""
    if len(text) > most or len(text.encode()) > MAX_BYTES:
        raise InvalidNameError(f"'{field}' is longer than {most} characters.", field=field)


def canonical_part(text: str) -> str:
    """Returns the canonical key of a part of a name, including spaces at its ends."""
    return canonical_key(f"|{text}|")[1:-1]


def is_invisible(character: str) -> bool:
    return character in INVISIBLE or unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def tombstone_name(prefix: UUID, name: str) -> str:
    """Returns the name of a deleted user in Entra's form, which makes the original name available."""
    return f"{prefix.hex}{name}"


def split_tombstone(name: str) -> tuple[str, str] | None:
    """Returns `<32 hex><original>` as (hex, original), or None for any other name."""
    match = _TOMBSTONE.match(name)
    return (match["hex"].lower(), match["original"]) if match else None
