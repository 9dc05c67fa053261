"""Exports of the log: every event of the filter, cells without formulas, and a last line that says how many."""

import csv
import io
import json
from uuid import uuid4

import pytest

from audit.lists import exports
from audit.models import AuditEvent
from tests import factories


@pytest.fixture
def users(organization):
    return [factories.make_user(organization, f"user{number}@example.com") for number in range(5)]


def export(portal, file_format, query=""):
    return portal.post("/audit/export/", {"format": file_format, "query": query, "form_id": str(uuid4())})


@pytest.mark.parametrize("portion", [2, 500])
def test_a_file_has_every_event_once_and_says_so(organization, portal, users, monkeypatch, portion):
    monkeypatch.setattr(exports, "PORTION", portion)
    events = [str(event.pk) for event in AuditEvent.objects.in_organization(organization).newest_first()]
    lines = [json.loads(line) for line in export(portal, "jsonl").getvalue().decode().splitlines()]
    assert [line["id"] for line in lines[1:-1]] == events
    assert lines[0]["activity"] == "Export audit log"
    assert lines[-1] == {"trailer": {"count": len(events) + 1, "filter": ""}}


def test_an_export_has_the_filter_of_the_list_and_is_recorded(organization, portal, users):
    answer = export(portal, "csv", "target=user3&activity=Add+user&columns=actor")
    rows = list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
    assert [row[rows[0].index("target.name")] for row in rows[1:-1]] == ["user3@example.com"]
    assert rows[-1][:2] == ["# end of file", "1 events"]
    event = AuditEvent.objects.get(action="events.exported")
    assert event.details == {"format": "csv", "filter": "target=user3&activity=Add+user&columns=actor"}


def test_no_cell_is_a_formula(organization, portal):
    factories.make_user(organization, "x@example.com", displayName='=HYPERLINK("http://evil.example")')
    rows = csv.reader(io.StringIO(export(portal, "csv").getvalue().decode("utf-8-sig")))
    assert [cell for row in rows for cell in row if cell[:1] in {"=", "+", "-", "@", "\t"}] == []


@pytest.mark.parametrize("query", ["date_from=2026-02-31", "kategory=UserManagement", "not="])
def test_an_invalid_filter_exports_nothing(portal, users, query):
    answer = export(portal, "csv", query)
    assert not answer.get("Content-Disposition")
    assert not AuditEvent.objects.filter(action="events.exported").exists()
