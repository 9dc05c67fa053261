"""The meaning of a cell: text, nothing, or the removal of a value."""

import json
from enum import Enum

import orjson

from controlhub.text.spreadsheets import guarded, unguarded

CLEAR_MARKER = "(clear)"
NONCHARACTERS = "\ufffe\uffff"


class Word(Enum):
    """A cell that is not a value."""

    BLANK = "blank"
    CLEAR = "clear"


def written(text: str, *, is_plain: bool = False) -> str:
    """Returns the text as a cell from which `read` returns exactly this text.

    Text that a cell cannot hold as it is, such as text that ends with a space, becomes a JSON string. `is_plain` is for
    cells whose type is text: they need no protection against formulas.
    """
    if not text or _is_special(text):
        return json.dumps(text)  # in ASCII, because XML does not allow every character
    return guarded(text, is_plain=is_plain)


def read(cell: str) -> str | Word:
    """Returns the meaning of the cell. Surrounding spaces are ignored."""
    text = cell.strip()
    if not text:
        return Word.BLANK
    if text[0] == "(" and text.casefold() == CLEAR_MARKER:
        return Word.CLEAR
    if text[0] == '"' and (found := _json_string(text)) is not None:
        return found
    return unguarded(text) if text[0] == "'" else text


def _is_special(text: str) -> bool:
    """Whether a cell with this text would have a different meaning, or would not survive in a file."""
    if text != text.strip() or text.casefold() == CLEAR_MARKER:
        return True
    if text[0] == '"' and _json_string(text) is not None:
        return True
    return not text.isprintable() and any(_is_control(character) for character in text)


def _is_control(character: str) -> bool:
    return (character < " " and character != "\n") or character in NONCHARACTERS


def _json_string(text: str) -> str | None:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, str) else None
