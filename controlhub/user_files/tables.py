"""A file as a table: a header, and rows of strings with the row numbers that a spreadsheet shows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from controlhub.errors import InvalidSettingError

MAX_ROWS = 20_000
MAX_COLUMNS = 200
MAX_CELLS = 1_500_000
MAX_CELL = 131_072
"""The maximum number of characters in a cell."""

NumberedRow = tuple[int, list[str]]


@dataclass(frozen=True, slots=True)
class FileTable:
    """`encoding` and `delimiter` are common names, or "". Rows may be longer than the header."""

    header: tuple[str, ...]
    rows: list[NumberedRow]
    encoding: str = ""
    delimiter: str = ""


def refuse(message: str) -> InvalidSettingError:
    """Returns the error for a file that cannot be read."""
    return InvalidSettingError(message, field="file")


def table_of(rows: Iterable[Sequence[str]], *, encoding: str = "", delimiter: str = "") -> FileTable:
    """Returns the table, which begins with the first row that is not blank. Skips blank rows. InvalidSettingError."""
    header: tuple[str, ...] = ()
    found: list[NumberedRow] = []
    cells = 0
    for number, row in enumerate(rows, start=1):
        texts = _without_blank_end(row)
        if not texts:
            continue
        if not header:
            header = _header(texts)
            continue
        cells += len(texts)
        found.append((number, [text.replace("\0", "") for text in texts]))
        require_room(len(found), cells)
    if not found:
        raise refuse(_("The file has no rows below the header. Add a row for each person."))
    return FileTable(header, found, encoding, delimiter)


def require_room(rows: int, cells: int) -> None:
    """InvalidSettingError if a file has more rows or cells than an import allows."""
    if rows > MAX_ROWS:
        raise refuse(_("The file has more than {number} rows. Split it.").format(number=f"{MAX_ROWS:,}"))
    if cells > MAX_CELLS:
        raise refuse(_("The file has more than {number} cells. Split it.").format(number=f"{MAX_CELLS:,}"))


def _without_blank_end(row: Sequence[str]) -> list[str]:
    texts = list(row)
    while texts and not texts[-1].strip():
        texts.pop()
    return texts


def _header(texts: Sequence[str]) -> tuple[str, ...]:
    """Returns the names of the columns, all different and none empty."""
    if len(texts) > MAX_COLUMNS:
        raise refuse(_("The file has more than {number} columns. Remove some.").format(number=MAX_COLUMNS))
    names: list[str] = []
    for place, text in enumerate(texts, start=1):
        name = base = text.replace("\0", "").strip()[:500] or _("Column {number}").format(number=place)
        count = 1
        while name in names:
            count += 1
            name = f"{base} ({count})"
        names.append(name)
    return tuple(names)
