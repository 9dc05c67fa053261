"""Reads files as saved by spreadsheet programs, and rejects other files."""

import io
import zipfile

import pytest
from openpyxl import Workbook

from controlhub.errors import InvalidSettingError
from controlhub.user_files import tables, xlsx_files
from controlhub.user_files.files import read_file

NAMES = ["Zoë", "Žofie", "Łukasz"]


def read(data, name="people.csv"):
    return read_file(None, name, data)


def xlsx(rows):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_delimiters_give_the_same_rows(codec, delimiter):
    lines = [delimiter.join(("Name", "Note")), *(delimiter.join((name, '"a, b; c"')) for name in NAMES)]
    table = read("\r\n".join(lines).encode(codec))
    assert table.header == ("Name", "Note")
    assert table.rows == [(number, [name, "a, b; c"]) for number, name in enumerate(NAMES, start=2)]


def test_windows_1252_is_detected():
    table = read("Name,Note\nZoë,x\n".encode("cp1252"))
    assert (table.encoding, table.rows) == ("Windows-1252", [(2, ["Zoë", "x"])])


def test_undefined_bytes_are_refused_with_the_encoding():
    with pytest.raises(InvalidSettingError, match="Windows-1252"):
        read(b"Name\n\x81\xff\n")


def test_first_line_from_excel_sets_the_delimiter():
    assert read(b"sep=;\na,b;c\n1;2\n").header == ("a,b", "c")


def test_unnamed_and_duplicate_columns_are_kept():
    assert read(b"a,,a\n1,2,3\n").header == ("a", "Column 2", "a (2)")


def test_rows_have_the_numbers_of_the_spreadsheet():
    assert read(b'a,b\n\n"x\ny",1\n,\n2,3\n').rows == [(3, ["x\ny", "1"]), (5, ["2", "3"])]


def test_xlsx_is_read_as_text():
    table = read(xlsx([["a", "b", "c"], ["00042", 42, 1.5], [True, None, "x"]]), "people.xlsx")
    assert table.rows == [(2, ["00042", "42", "1.5"]), (3, ["true", "", "x"])]


def test_xlsx_that_unpacks_to_gigabytes_is_refused_without_unpacking(monkeypatch):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (xlsx_files.MAX_UNPACKED + 1))
    monkeypatch.setattr(xlsx_files, "load_workbook", None)
    with pytest.raises(InvalidSettingError, match="64 MB"):
        read(buffer.getvalue())


@pytest.mark.parametrize("data", [b"", b" \n", b"a,b\n", b"PK\x03\x04nonsense", b"\xd0\xcf\x11\xe0old", b'a\n"x'])
def test_files_without_rows_are_refused(data):
    with pytest.raises(InvalidSettingError):
        read(data)


@pytest.mark.parametrize("line", [b"{", b"[]", b'{"emails": 5}'])
def test_malformed_json_lines_are_refused(organization, line):
    with pytest.raises(InvalidSettingError, match="Line 2"):
        read_file(organization, "users.jsonl", b'{"userName": "a"}\n' + line)


@pytest.mark.parametrize("name", ["MAX_ROWS", "MAX_CELLS", "MAX_COLUMNS"])
def test_sizes_are_limited(monkeypatch, name):
    monkeypatch.setattr(tables, name, 1)
    with pytest.raises(InvalidSettingError, match="more than 1"):
        read(b"a,b\n1,2\n3,4\n")
