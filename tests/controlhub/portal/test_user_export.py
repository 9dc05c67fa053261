"""Exports: the filtered users as CSV, JSON Lines and XLSX, recorded once (issue 19, section 4)."""

import csv
import io
import json

import pytest
from openpyxl import load_workbook

from audit.models import AuditEvent
from controlhub.actions.users import delete_user
from controlhub.text.spreadsheets import FORMULA_STARTS
from controlhub.user_files import exports
from tests import factories, pages

ENTERPRISE = factories.ENTERPRISE


@pytest.fixture
def user(organization):
    return factories.make_user(
        organization,
        "zoe@example.com",
        displayName="=1+1",
        nickName="-5",
        phoneNumbers=[{"value": "+4930123456", "type": "work"}],
        emails=[{"value": "zoe@example.com", "type": "work", "primary": True}, {"value": "z@home.example"}],
        title="Line one\nline two 😀",
        **{ENTERPRISE: {"employeeNumber": "00042"}},
    )


def download(client, name, query=""):
    answer = client.post("/users/export/", {"format": name, "query": query})
    assert answer.status_code == 200
    return answer.getvalue()


def csv_rows(data):
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_page_offers_formats(portal):
    page = pages.read(portal.get("/users/export/?q=zoe"))
    assert page.form("").fields["query"] == "q=zoe"


def test_csv_has_every_attribute_and_no_formula(portal, user):
    data = download(portal, "csv")
    (row,) = [row for row in csv_rows(data) if row["userName"] == "zoe@example.com"]
    assert row["displayName"] == "'=1+1"
    assert row["nickName"] == "'-5"
    assert row["phoneNumbers"] == "'+4930123456"
    assert row[f"{ENTERPRISE}:employeeNumber"] == "00042"
    assert row["title"] == "Line one\nline two 😀"
    assert json.loads(row["emails"]) == user.document["emails"]
    assert not any(cell.startswith(FORMULA_STARTS) for row in csv_rows(data) for cell in row.values())


def test_xlsx_has_text_cells(portal, user):
    sheet = load_workbook(io.BytesIO(download(portal, "xlsx"))).active
    header, *rows = sheet.iter_rows()
    assert all(cell.data_type in {"s", "n"} and not isinstance(cell.value, int) for row in rows for cell in row)
    names = [cell.value for cell in header]
    cells = dict(zip(names, next(row for row in rows if row[0].value == "zoe@example.com"), strict=True))
    assert cells["displayName"].value == "=1+1"
    assert cells["displayName"].data_type == "s"
    assert cells["phoneNumbers"].value == "+4930123456"
    assert cells[f"{ENTERPRISE}:employeeNumber"].value == "00042"


def test_json_lines_are_documents(portal, user):
    lines = [json.loads(line) for line in download(portal, "jsonl").splitlines()]
    (found,) = [line for line in lines if line["userName"] == "zoe@example.com"]
    assert found == {"id": str(user.pk), **user.document}


def test_export_uses_the_filter(portal, organization, user):
    other = factories.make_user(organization, "neo@other.example")
    assert [row["userName"] for row in csv_rows(download(portal, "csv", "domain=other.example"))] == [other.user_name]
    delete_user(user, actor=factories.COMMAND)
    assert [row["active"] for row in csv_rows(download(portal, "csv", "tab=deleted"))] == ["false"]


@pytest.mark.parametrize("query", ["status=nonsense", "connection=1"])
def test_invalid_filter_exports_nobody(portal, user, query):
    answer = portal.post("/users/export/", {"format": "csv", "query": query})
    assert answer.status_code == 422
    assert not AuditEvent.objects.filter(action="users.exported").exists()


def test_export_is_recorded_once(portal, user):
    download(portal, "csv", "q=zoe")
    event = AuditEvent.objects.get(action="users.exported")
    assert event.details == {"format": "csv", "filter": "q=zoe"}


def test_each_user_is_exported_once(portal, organization, monkeypatch):
    monkeypatch.setattr(exports, "PORTION", 2)
    names = {factories.make_user(organization, f"user{n}@example.com").user_name for n in range(5)}
    found = [row["userName"] for row in csv_rows(download(portal, "csv"))]
    assert len(found) == len(set(found))
    assert names <= set(found)


def test_xlsx_is_limited(portal, organization, monkeypatch):
    monkeypatch.setattr(exports, "MAX_XLSX_ROWS", 1)
    factories.make_user(organization)
    answer = portal.post("/users/export/", {"format": "xlsx", "query": ""})
    assert answer.status_code == 409
    assert "at most" in pages.read(answer).text


def test_other_organizations_are_not_exported(portal, user):
    foreign = factories.make_user(factories.make_organization("Globex"), "hank@example.com")
    assert foreign.user_name not in {row["userName"] for row in csv_rows(download(portal, "csv"))}
