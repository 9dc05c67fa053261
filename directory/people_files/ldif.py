"""LDIF (RFC 2849), content records only, without a framework.

Files that change entries, and values at a URL, are refused: nothing is read except the file.
"""

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum


class Fault(StrEnum):
    """What is wrong with a line."""

    VERSION = "version"
    NO_COLON = "no colon"
    NO_DN = "no dn"
    BASE64 = "base64"
    URL = "url"
    CHANGE = "change"
    CONTINUATION = "continuation"


class LdifError(ValueError):
    """The file is not LDIF with entries. `line` counts from 1."""

    def __init__(self, fault: Fault, line: int) -> None:
        super().__init__(f"{fault}, line {line}")
        self.fault, self.line = fault, line


Value = str | bytes
"""Bytes are base64 values that are not UTF-8, such as a photo."""


@dataclass(slots=True)
class Entry:
    """`line` is where the entry begins. Names of attributes are in lower case, with their options."""

    line: int
    dn: str
    values: dict[str, list[Value]] = field(default_factory=dict)

    def texts(self, name: str) -> list[str]:
        """The values that are strings, without empty ones."""
        return [value for value in self.values.get(name, ()) if isinstance(value, str) and value.strip()]


@dataclass(slots=True)
class _Line:
    number: int
    text: str


def entries(text: str) -> Iterator[Entry]:
    """The entries of a file, in order; raises LdifError."""
    is_first = True
    for record in _records(text):
        lines = record
        if is_first and lines[0].text.lower().startswith("version:"):
            if lines[0].text.partition(":")[2].strip() != "1":
                raise LdifError(Fault.VERSION, lines[0].number)
            lines = lines[1:]
        is_first = False
        if lines:
            yield _entry(lines)


def _records(text: str) -> Iterator[list[_Line]]:
    """The lines of each record, unfolded and without comments."""
    record: list[_Line] = []
    is_comment = False
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        if line.startswith(" "):
            if not record and not is_comment:
                raise LdifError(Fault.CONTINUATION, number)
            if not is_comment:
                record[-1].text += line[1:]
            continue
        is_comment = line.startswith("#")
        if is_comment:
            continue
        if line:
            record.append(_Line(number, line))
        elif record:
            yield record
            record = []
    if record:
        yield record


def _entry(lines: list[_Line]) -> Entry:
    name, value = _attribute(lines[0])
    if name != "dn" or not isinstance(value, str):
        raise LdifError(Fault.NO_DN, lines[0].number)
    entry = Entry(lines[0].number, value)
    for line in lines[1:]:
        name, value = _attribute(line)
        if name in {"changetype", "control"}:
            raise LdifError(Fault.CHANGE, line.number)
        entry.values.setdefault(name, []).append(value)
    return entry


def _attribute(line: _Line) -> tuple[str, Value]:
    name, colon, rest = line.text.partition(":")
    if not colon or not name:
        raise LdifError(Fault.NO_COLON, line.number)
    if rest.startswith("<"):
        raise LdifError(Fault.URL, line.number)
    if rest.startswith(":"):
        return name.strip().lower(), _decoded(rest[1:].strip(" "), line.number)
    return name.strip().lower(), rest.lstrip(" ")


def _decoded(text: str, number: int) -> Value:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise LdifError(Fault.BASE64, number) from error
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data
