"""Makes text that clients and people wrote readable: no character is invisible, reorders text or breaks a line.

`plain` is for mail, headings and messages, where a name is part of our own sentence. `escaped` is for places where the
stored value itself matters, such as a user's attributes and the audit log, and for log lines.
"""

import re
import unicodedata
from functools import lru_cache

from controlhub.text.names import INVISIBLE

_REFUSED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_BREAKS = re.compile(r"[\s\u0085\u2028\u2029\x1c-\x1f]+")


def plain(text: object) -> str:
    """Returns the text without control, format and bidirectional characters, and characters without width.

    Line breaks, tabs and runs of spaces become one space.
    """
    raw = str(text)
    if raw.isascii() and raw.isprintable():
        return " ".join(raw.split())
    kept = "".join(map(_kept, raw))
    return _BREAKS.sub(" ", kept).strip()


def escaped(text: object, *, but: str = "") -> str:
    r"""Returns the text with each such character as `\u202e` or `\n`. Those in `but` are not escaped."""
    raw = str(text)
    if raw.isascii() and raw.isprintable():
        return raw
    return "".join(character if character in but else _escape(character) for character in raw)


@lru_cache(maxsize=4_096)
def is_unreadable(character: str) -> bool:
    """Whether a reader would not see the character, or would see others in a different place because of it."""
    return character in INVISIBLE or unicodedata.category(character) in _REFUSED


def _kept(character: str) -> str:
    if _BREAKS.match(character):
        return " "
    return "" if is_unreadable(character) else character


def _escape(character: str) -> str:
    if not is_unreadable(character):
        return character
    number = ord(character)
    known = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}.get(character)
    return known or (f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}")
