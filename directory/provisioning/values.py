"""The values of source attributes and of expressions, and what counts as empty.

A person is a flat document of attributes (`attributes.py`). A value is a string, a Boolean, an integer, or a list of
strings; role assignments are lists of objects. Missing, null and an empty list are the same. The empty string is a
value for functions, as in Entra, but is never sent.
"""

import re
from collections.abc import Mapping
from typing import Any, TypeAlias

Value: TypeAlias = "str | bool | int | list[Any] | dict[str, Any] | None"
Source: TypeAlias = Mapping[str, Value]

MAX_TEXT = 65_536
"""The maximum number of characters of one string."""
MAX_VALUES = 1_000
"""The maximum number of values of one list."""
MAX_DIGITS = 19
_INTEGER = re.compile(r"\s*[+-]?[0-9]{1,19}\s*\Z", re.ASCII)
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def is_empty(value: Value) -> bool:
    """Whether there is nothing to send. A space is a value."""
    return value is None or value in ("", []) or value == {}


def text_of(value: Value) -> str | None:
    """A single value as a string; None for no value, several values or an object."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, bool):
        return "True" if value else "False"
    if isinstance(value, int | str):
        return str(value)
    return None


def integer_of(value: Value) -> int | None:
    """An integer, or the integer that a string contains; None otherwise."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    text = text_of(value)
    return int(text) if text is not None and _INTEGER.match(text) else None


def boolean_of(value: Value) -> bool | None:
    """A Boolean, or the one that `True`, `false`, 1 or `"0"` means; None otherwise."""
    if isinstance(value, bool):
        return value
    text = (text_of(value) or "").strip().lower()
    return {"true": True, "1": True, "false": False, "0": False}.get(text)


def values_of(value: Value) -> list[Any]:
    """The values of an attribute as a list; empty if there are none."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def is_storable(text: str) -> bool:
    """Whether PostgreSQL and UTF-8 can store the text: no NUL, no half of a surrogate pair."""
    return not _UNSTORABLE.search(text)
