"""Users as files: CSV and JSON Lines as streams, and XLSX, which is limited in size, in memory."""

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

import orjson
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from controlhub.errors import InvalidSettingError
from controlhub.models import Organization
from controlhub.sql.user_lists import planned_for_values
from controlhub.user_files.columns import Column, Manager, exported_columns
from controlhub.user_files.people import People
from controlhub.user_files.schemas import user_schema
from controlhub.user_lists import Criteria, users_matching

PORTION = 500
SECONDS = 10.0
"""The time limit for one portion of users."""
MAX_XLSX_ROWS = 20_000
MAX_XLSX_CELL = 32_767
"""The maximum number of characters in a spreadsheet cell."""
BOM = "\ufeff"
"""Without a BOM, Excel misreads UTF-8."""
FORMATS = ("csv", "xlsx", "jsonl")

User = tuple[int, Any, dict[str, Any]]


def csv_lines(organization: Organization, criteria: Criteria) -> Iterator[str]:
    """Yields the lines of a CSV file, for a portion of users at a time."""
    columns = exported_columns(user_schema(organization))
    yield BOM + csv_text([[column.key for column in columns]])
    for users in _portions(organization, criteria):
        yield csv_text(_rows(organization, columns, users, is_plain=False))


def json_lines(organization: Organization, criteria: Criteria) -> Iterator[str]:
    """Yields one SCIM document per line, for a portion of users at a time."""
    for users in _portions(organization, criteria):
        yield "".join(orjson.dumps({"id": str(pk), **document}).decode() + "\n" for _ordinal, pk, document in users)


def xlsx_file(organization: Organization, criteria: Criteria) -> io.BytesIO:
    """Returns a file with the users. InvalidSettingError if XLSX cannot hold them."""
    columns = exported_columns(user_schema(organization))

    def rows() -> Iterator[Sequence[str]]:
        for number, users in enumerate(_portions(organization, criteria)):
            if number * PORTION + len(users) > MAX_XLSX_ROWS:
                raise InvalidSettingError(
                    _("An XLSX file can have at most {number} users. Narrow the filter, or export CSV.").format(
                        number=f"{MAX_XLSX_ROWS:,}"
                    )
                )
            yield from _rows(organization, columns, users, is_plain=True)

    return xlsx_of([column.key for column in columns], rows())


def csv_text(rows: Sequence[Sequence[str]]) -> str:
    """Returns the rows as CSV."""
    buffer = io.StringIO()
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue()


def xlsx_of(header: Sequence[str], rows: Iterator[Sequence[str]]) -> io.BytesIO:
    """Returns a file with these cells, each of which is text and never a formula."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Users")
    try:
        for row in chain([header], rows):
            sheet.append([_text_cell(sheet, text) for text in row])
    except InvalidSettingError:
        sheet.close()
        raise
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    return file


def _text_cell(sheet: Any, text: str) -> Any:
    if not text:
        return None
    if len(text) > MAX_XLSX_CELL:
        raise InvalidSettingError(
            _("A value has more than {number} characters, which XLSX cannot hold. Export CSV instead.").format(
                number=f"{MAX_XLSX_CELL:,}"
            )
        )
    cell = WriteOnlyCell(sheet, text)
    cell.data_type, cell.number_format = "s", "@"
    return cell


def _rows(
    organization: Organization, columns: Sequence[Column], users: Sequence[User], *, is_plain: bool
) -> list[list[str]]:
    people = People(organization)
    managers = [column for column in columns if isinstance(column, Manager)]
    people.load_ids(
        manager["value"]
        for _ordinal, _pk, document in users
        for column in managers
        if (manager := column.target.read(document)) and isinstance(manager.get("value"), str)
    )
    return [
        [column.cell(document, people, is_plain=is_plain) for column in columns] for _ordinal, _pk, document in users
    ]


def _portions(organization: Organization, criteria: Criteria) -> Iterator[list[User]]:
    """Yields the users in the order of creation. A user who changes meanwhile appears once, as when read."""
    last = -1
    while True:
        with planned_for_values(seconds=SECONDS):
            found = users_matching(organization, criteria).filter(ordinal__gt=last).order_by("ordinal")
            users = list(found.values_list("ordinal", "pk", "document")[:PORTION])
        if not users:
            return
        last = users[-1][0]
        yield users
