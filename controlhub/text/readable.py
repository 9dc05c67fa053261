"""Text that clients and people wrote, made readable: nothing in it is invisible, reorders it or breaks a line.

`plain` is for mails, headings and messages, where a name is part of our own sentence. `escaped` is for where the stored
value itself matters, such as a user's attributes and the audit log, and for log lines.
"""

import re
import unicodedata
from functools import lru_cache

from controlhub.text.names import INVISIBLE

_REFUSED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_BREAKS = re.compile(r"[\s\u0085\u2028\u2029\x1c-\x1f]+")


def plain(text: object) -> str:
    """The text without control and format characters, bidirectional controls and characters without width.

    Line breaks, tabs and runs of blanks become one blank.
    """
    raw = str(text)
    if raw.isascii() and raw.isprintable():
        return " ".join(raw.split())
    kept = "".join(map(_kept, raw))
    return _BREAKS.sub(" ", kept).strip()


def escaped(text: object, *, but: str = "") -> str:
    r"""The text with each such character as `\u202e` or `\n`; those in `but` stay as they are."""
    raw = str(text)
    if raw.isascii() and raw.isprintable():
        return raw
    return "".join(character if character in but else _escape(character) for character in raw)


@lru_cache(maxsize=4_096)
def is_unreadable(character: str) -> bool:
    """Whether a reader would not see the character, or would see others in another place because of it."""
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
