"""Files that an administrator uploads, distinguished by their content."""

import orjson
from django.utils.translation import gettext as _

from controlhub.models import Organization
from controlhub.user_files.columns import exported_columns
from controlhub.user_files.csv_files import decoded, read_csv
from controlhub.user_files.people import People
from controlhub.user_files.schemas import user_schema
from controlhub.user_files.tables import FileTable, refuse, table_of
from controlhub.user_files.xlsx_files import read_xlsx

ZIP = b"PK\x03\x04"
OLD_EXCEL = b"\xd0\xcf\x11\xe0"


def read_file(organization: Organization, name: str, data: bytes) -> FileTable:
    """Returns the table in a CSV, XLSX or JSON Lines file. InvalidSettingError for the field `file`."""
    if not data.strip():
        raise refuse(_("The file is empty."))
    if data.startswith(ZIP):
        return read_xlsx(data)
    if data.startswith((OLD_EXCEL, b"%PDF")):
        raise refuse(_("This type of file is not supported. Save the file as XLSX or as “CSV UTF-8”."))
    if name.lower().endswith((".jsonl", ".ndjson")):
        return read_json_lines(organization, data)
    return read_csv(data)


def read_json_lines(organization: Organization, data: bytes) -> FileTable:
    """Read one SCIM document per line, as the export writes them, into the same table as the CSV export."""
    columns, people = exported_columns(user_schema(organization)), People(organization)
    rows = [[column.key for column in columns]]
    text, encoding = decoded(data)
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            rows.append([])
            continue
        document = _document(line, number)
        try:
            rows.append([column.cell(document, people) for column in columns])
        except (AttributeError, TypeError) as error:
            raise _malformed(number) from error
    return table_of(rows, encoding=encoding)


def _document(line: str, number: int) -> dict[str, object]:
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise _malformed(number) from error
    if not isinstance(found, dict):
        raise _malformed(number)
    return found


def _malformed(number: int) -> Exception:
    return refuse(_("Line {number} is not a SCIM user in JSON.").format(number=number))
