"""CSV files as spreadsheet programs save them: several encodings and delimiters (docs/decisions/0060)."""

import codecs
import csv
import io
from collections.abc import Iterator
from itertools import islice

from django.utils.translation import gettext as _

from controlhub.user_files.tables import MAX_CELL, FileTable, refuse, table_of

BOMS = (
    (codecs.BOM_UTF8, "utf-8", "UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
)
DELIMITERS = (",", ";", "\t", "|")
LOOKED_AT = 20
"""The number of rows from which the delimiter is detected."""


def read_csv(data: bytes) -> FileTable:
    """Returns the table in a CSV file. InvalidSettingError says what to do."""
    text, encoding = decoded(data)
    declared, text = _declared(text)
    delimiter = declared or _delimiter(text)
    names = {",": _("comma"), ";": _("semicolon"), "\t": _("tab"), "|": _("vertical bar")}
    rows = _Rows(text, delimiter, skipped=bool(declared))
    try:
        return table_of(rows, encoding=encoding, delimiter=names.get(delimiter, delimiter))
    except csv.Error as error:
        message = _("The row that begins on line {line} is not valid CSV ({reason}). Correct its quotation marks.")
        raise refuse(message.format(line=rows.line, reason=error)) from error


def decoded(data: bytes) -> tuple[str, str]:
    """Returns the text of a file, and the common name of its encoding. InvalidSettingError if it is not valid."""
    for bom, codec, name in BOMS:
        if data.startswith(bom):
            return _text(data[len(bom) :], codec, name), name
    if _looks_like_utf16(data):
        codec = "utf-16-le" if data[1:2] == b"\0" else "utf-16-be"
        return _text(data, codec, "UTF-16"), "UTF-16"
    try:
        return data.decode(), "UTF-8"
    except UnicodeDecodeError:
        return _text(data, "cp1252", "Windows-1252"), "Windows-1252"


def _looks_like_utf16(data: bytes) -> bool:
    return b"\0" in data[:2] and len(data) % 2 == 0


def _text(data: bytes, codec: str, name: str) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        message = _("The file is not valid {encoding}. Save it as “CSV UTF-8” and upload it again.")
        raise refuse(message.format(encoding=name)) from error


def _declared(text: str) -> tuple[str, str]:
    """Returns the delimiter in a first line such as `sep=;`, which Excel supports, and the text after it."""
    line, _separator, rest = text.partition("\n")
    word = line.strip("\r").lower()
    return (word[4], rest) if word.startswith("sep=") and len(word) == 5 else ("", text)


def _delimiter(text: str) -> str:
    """Returns the delimiter for which most of the first rows have the same number of columns, and the most columns."""
    return max(DELIMITERS, key=lambda delimiter: _fit(text, delimiter))


def _fit(text: str, delimiter: str) -> tuple[int, int]:
    rows = [row for row in _readable(text, delimiter) if row]
    width = len(rows[0]) if rows else 0
    return (sum(len(row) == width for row in rows) if width > 1 else 0), width


def _readable(text: str, delimiter: str) -> Iterator[list[str]]:
    """Yields the first rows, up to one that is not valid."""
    try:
        yield from islice(_Rows(text, delimiter), LOOKED_AT)
    except csv.Error:
        return


class _Rows:
    """The rows of CSV text. `line` is where the current row begins."""

    def __init__(self, text: str, delimiter: str, *, skipped: bool = False) -> None:
        csv.field_size_limit(MAX_CELL)
        self._reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        self._before = 1 + skipped
        self.line = self._before

    def __iter__(self) -> Iterator[list[str]]:
        return self

    def __next__(self) -> list[str]:
        self.line = self._reader.line_num + self._before
        return next(self._reader)
