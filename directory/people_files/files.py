"""A file of people as a table whose columns are attributes."""

from dataclasses import dataclass, replace
from functools import partial

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from controlhub.user_files.cells import written
from controlhub.user_files.csv_files import decoded, read_csv
from controlhub.user_files.tables import FileTable, refuse, require_room
from directory.people_files.entries import UPN, is_person, table_of_people
from directory.people_files.ldif import Fault, LdifError, entries

FAULTS: dict[Fault, str | Promise] = {
    Fault.VERSION: _lazy("Line {line}: only version 1 of LDIF can be imported."),
    Fault.NO_COLON: _lazy("Line {line} is not LDIF: a line has the name of an attribute, a colon and the value."),
    Fault.NO_DN: _lazy("Line {line}: an entry begins with “dn:”. Separate entries with an empty line."),
    Fault.BASE64: _lazy("Line {line}: the value after “::” is not valid Base64."),
    Fault.URL: _lazy("Line {line}: values at a URL (“:<”) are not read. Export the value into the file."),
    Fault.CHANGE: _lazy("Line {line}: this file changes entries (“changetype”). Export the entries themselves."),
    Fault.CONTINUATION: _lazy("Line {line} begins with a space, but there is no line before it to continue."),
}
OTHER_FORMATS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"{")


@dataclass(frozen=True, slots=True)
class PeopleFile:
    """`left_out` is the number of entries that are not people."""

    table: FileTable
    left_out: int = 0


def read_people(name: str, data: bytes) -> PeopleFile:
    """The people in a CSV or LDIF file. Raises InvalidSettingError for the field `file`."""
    if not data.strip():
        raise refuse(_("The file is empty."))
    if data.startswith(OTHER_FORMATS):
        raise refuse(_("This type of file is not supported. Save the file as “CSV UTF-8”, or export LDIF."))
    if name.lower().endswith((".ldif", ".ldf")):
        return _read_ldif(data)
    table = read_csv(data)
    return PeopleFile(replace(table, header=tuple(map(_attribute_in, table.header))))


def _attribute_in(title: str) -> str:
    """The attribute of a column. The templates of Entra's bulk operations write `Name [displayName] Required`."""
    _before, bracket, rest = title.partition("[")
    return rest.partition("]")[0].strip() if bracket else title.strip()


def _read_ldif(data: bytes) -> PeopleFile:
    text, encoding = decoded(data)
    try:
        found = list(entries(text))
    except LdifError as error:
        raise refuse(str(FAULTS[error.fault]).format(line=error.line)) from error
    people = [entry for entry in found if is_person(entry)]
    if not people:
        raise refuse(_("The file contains no people."))
    header, rows = table_of_people(people, partial(written, is_plain=True))
    require_room(len(rows), len(rows) * len(header))
    numbered = [
        (entry.line, [cell.replace("\0", "") for cell in cells]) for entry, cells in zip(people, rows, strict=True)
    ]
    return PeopleFile(FileTable(tuple(header), numbered, encoding, "LDIF"), len(found) - len(people))


__all__ = ["UPN", "PeopleFile", "read_people"]
