"""Exports of the log: every event that matches, no formulas in cells, and a last line with the number of events."""

import csv
import io
import json
from uuid import uuid4

import pytest

from audit import verifier
from audit.lists import exports
from audit.models import AuditCheckpoint, AuditEvent
from audit.seal import seal_events
from tests import factories
from tests.audit.events import make_events


@pytest.fixture
def users(organization):
    return [factories.make_user(organization, f"user{number}@example.com") for number in range(5)]


def export(portal, file_format, query=""):
    return portal.post("/audit/export/", {"format": file_format, "query": query, "form_id": str(uuid4())})


@pytest.mark.parametrize("portion", [2, 500])
def test_file_has_every_event_once_and_states_the_number(organization, portal, users, monkeypatch, portion):
    monkeypatch.setattr(exports, "PORTION", portion)
    events = [str(event.pk) for event in AuditEvent.objects.in_organization(organization).newest_first()]
    lines = [json.loads(line) for line in export(portal, "jsonl").getvalue().decode().splitlines()]
    assert [line["id"] for line in lines[1:-1]] == events
    assert lines[0]["activity"] == "Export audit log"
    assert lines[-1] == {"trailer": {"count": len(events) + 1, "filter": "", "checkpoint": None}}


def test_export_uses_the_filter_of_the_list_and_is_recorded(organization, portal, users):
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
def test_invalid_filter_exports_nothing(portal, users, query):
    answer = export(portal, "csv", query)
    assert not answer.get("Content-Disposition")
    assert not AuditEvent.objects.filter(action="events.exported").exists()


@pytest.mark.parametrize("file_format", ["csv", "jsonl"])
def test_file_ends_with_its_number_filter_and_tree_head(organization, portal, users, file_format):
    seal_events()
    note = AuditCheckpoint.objects.get().note
    last = export(portal, file_format, "target=user3").getvalue().decode().splitlines()[-1]
    if file_format == "csv":
        found = next(csv.reader([last]))
        assert found == [
            "# end of file",
            "1 events",
            "filter: target=user3",
            "checkpoint: " + " ".join(note.split("\n")[:3]),
        ]
    else:
        assert json.loads(last)["trailer"] == {"count": 1, "filter": "target=user3", "checkpoint": note}


@pytest.mark.parametrize("file_format", ["csv", "jsonl"])
@pytest.mark.parametrize("size", [1_001, pytest.param(10_001, marks=pytest.mark.deep)])
def test_large_file_is_complete_and_a_truncated_one_is_not(organization, portal, tmp_path, capsys, file_format, size):
    make_events(organization, size)
    path = tmp_path / f"log.{file_format}"
    with path.open("wb") as file:
        file.writelines(export(portal, file_format, "activity=Update+user").streaming_content)
    assert verifier.main([str(path)]) == 0
    assert f"{size} events: complete." in capsys.readouterr().out
    lines = path.read_bytes().splitlines(keepends=True)
    for kept in (lines[: size // 2], lines[:-1], lines[: size // 2] + lines[-1:], []):
        path.write_bytes(b"".join(kept))
        assert verifier.main([str(path)]) == 1
        assert verifier.INCOMPLETE in capsys.readouterr().out


def test_page_describes_the_events_in_the_file(portal, users):
    query = {"q": "user", "activity": "Add user", "status": "failure", "not": "status", "date": "week"}
    context = portal.get("/audit/export/", query).context
    assert context["count"].number == len(users)
    assert context["filters"] == [
        "Admin activities",
        "Search: user",
        "Date: Last 7 days",
        "Activity: Add user",
        "Status: not Failure",
    ]
    context = portal.get("/audit/export/", {"tab": "sign-ins"}).context
    assert (context["filters"], context["count"].number) == (["Sign-ins"], 0)
    assert portal.get("/audit/export/", {"date_from": "x"}).context["count"] is None
