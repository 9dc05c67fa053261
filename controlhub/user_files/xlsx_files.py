"""XLSX: the first sheet, unpacked within limits."""

import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import load_workbook

from controlhub.errors import MALFORMED_INPUT_ERRORS
from controlhub.user_files.tables import MAX_COLUMNS, FileTable, refuse, table_of

MAX_UNPACKED = 64 * 1024 * 1024
"""The maximum size of all parts of the file together, in bytes."""
MAX_PARTS = 1_000


def read_xlsx(data: bytes) -> FileTable:
    """Returns the table on the first sheet. InvalidSettingError if the file is not a spreadsheet or is too large."""
    _require_bounded(data)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        try:
            return table_of(_rows(book.worksheets[0]))
        finally:
            book.close()
    except (*MALFORMED_INPUT_ERRORS, zipfile.BadZipFile, OSError, SyntaxError) as error:
        raise _invalid() from error


def _require_bounded(data: bytes) -> None:
    """Check the unpacked size: a small zip can contain gigabytes. `zipfile` enforces the sizes in its directory."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, *MALFORMED_INPUT_ERRORS) as error:
        raise _invalid() from error
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise refuse(_("The XLSX file is larger than 64 MB when it is unpacked. Save it as CSV, or split it."))


def _invalid() -> Exception:
    return refuse(_("The file is not a valid XLSX file. Save it again as XLSX, or as “CSV UTF-8”."))


def _rows(sheet: Any) -> Iterator[list[str]]:
    sheet.reset_dimensions()  # the size that the file declares may be wrong
    for row in sheet.iter_rows(values_only=True, max_col=MAX_COLUMNS + 1):
        yield [_text(value) for value in row]


def _text(value: object) -> str:
    """Returns the value as text, as it would be in a CSV file."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date | time) else str(value)
