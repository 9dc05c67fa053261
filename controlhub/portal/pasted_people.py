"""People from lines that were copied from a spreadsheet or an address book."""

import csv
import io
from collections.abc import Sequence
from email.utils import parseaddr

from controlhub.models import Organization
from controlhub.text.readable import plain
from controlhub.user_files.mapping import guess
from controlhub.user_files.schemas import user_schema

FIELDS = ("address", "given_name", "family_name", "title")
KEYS = {
    "userName": "address",
    "userName+email": "address",
    'emails[type eq "work"].value': "address",
    "emails": "address",
    "name.givenName": "given_name",
    "name.familyName": "family_name",
    "title": "title",
}
DELIMITERS = ("\t", ";", ",")

Pasted = dict[str, str]


def read_people(text: str, organization: Organization) -> list[tuple[str, Pasted]]:
    """Each line that is not blank, with the values of the table's fields.

    A first line that names a column for the address is a header. Without a header, the cell with an `@` is the address,
    and the others are first name, last name and title; `Zoë Young <zoe@example.com>` is read as mail programs write it.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        return []
    delimiter = next((one for one in DELIMITERS if one in lines[0]), ",")
    columns = _columns(_cells(lines[0], delimiter), organization)
    return [(line, _person(_cells(line, delimiter), columns)) for line in (lines[1:] if columns else lines)]


def _columns(cells: Sequence[str], organization: Organization) -> list[str]:
    """The field of each column, "" for a column without one; empty if the line does not name columns."""
    if any("@" in cell for cell in cells):
        return []
    fields = [KEYS.get(key, "") for key in guess(cells, user_schema(organization), {})]
    return fields if "address" in fields else []


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader(io.StringIO(line), delimiter=delimiter))]
    except csv.Error:
        return [cell.strip() for cell in line.split(delimiter)]


def _person(cells: Sequence[str], columns: Sequence[str]) -> Pasted:
    by_column = {field: cell for field, cell in zip(columns, cells, strict=False) if field}
    found = by_column if columns else _by_place(cells)
    return {field: plain(text) for field, text in found.items() if text}


def _by_place(cells: Sequence[str]) -> Pasted:
    address = next((cell for cell in cells if "@" in cell), "")
    others = [cell for cell in cells if cell != address]
    name, mail = parseaddr(address) if "<" in address else ("", address)
    if name and not others:
        given, _blank, family = name.rpartition(" ")
        others = [given or family, family if given else ""]
    return {"address": mail or address, **dict(zip(FIELDS[1:], others, strict=False))}
