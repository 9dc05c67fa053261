"""Names of people and addresses in the one form in which they are compared."""

import re
import unicodedata
from uuid import UUID

from controlhub.errors import InvalidNameError

MAX_LENGTH = 512
MAX_BYTES = 2_400
"""An entry of an index holds some 2,700."""
TOMBSTONE_PREFIX = 32
"""Characters that a tombstone name has before the original name."""
_TOMBSTONE = re.compile(r"(?P<hex>[0-9a-f]{32})(?P<original>.+)\Z", re.DOTALL | re.IGNORECASE)
# Bidirectional controls and characters without width: two names would look alike.
INVISIBLE = frozenset(
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u2060\u2061\u2062\u2063\u2064\u3164\ufeff\uffa0"
)


def canonical_key(name: str) -> str:
    """NFKC, case-folded, trimmed; idempotent. Equal keys mean the same name."""
    if name.isascii():
        return name.lower().strip()
    key = name.replace("\u0130", "i")  # the one capital whose plain lower case is not its folded one
    while (folded := unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", key).casefold()).strip()) != key:
        key = folded
    return key


def require_name(name: str, field: str, *, most: int = MAX_LENGTH) -> str:
    """The canonical key of a name of at most `most` characters that may be stored, or InvalidNameError."""
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
    """InvalidNameError for what no index can hold."""
    if len(text) > most or len(text.encode()) > MAX_BYTES:
        raise InvalidNameError(f"'{field}' is longer than {most} characters.", field=field)


def canonical_part(text: str) -> str:
    """The canonical key of a part of a name: blanks at its ends belong to it."""
    return canonical_key(f"|{text}|")[1:-1]


def is_invisible(character: str) -> bool:
    return character in INVISIBLE or unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def tombstone_name(prefix: UUID, name: str) -> str:
    """The name of a deleted user, in Entra's form: the original one is available from then on."""
    return f"{prefix.hex}{name}"


def split_tombstone(name: str) -> tuple[str, str] | None:
    """`<32 hex><original>` as (hex, original), or None."""
    match = _TOMBSTONE.match(name)
    return (match["hex"].lower(), match["original"]) if match else None
