"""Filters that would read too many events: statements are canceled, and the message explains what to do."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from audit.models import AuditEvent
from controlhub.models import Scope
from controlhub.sql import audit_lists
from tests import factories, pages

SLOW = "controlhub.sql.audit_lists.newest"
CHOOSING = "audit.lists.questions.kinds"
"""The functions that read a page and that choose its index beforehand."""


@pytest.fixture(params=[CHOOSING, SLOW])
def too_broad(request, monkeypatch, organization):
    """A list statement exceeds its time limit."""
    name = request.param
    original = getattr(audit_lists, name.rpartition(".")[2])

    def slowly(*arguments, **named):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(5)")
        return original(*arguments, **named)

    monkeypatch.setattr(name, slowly)
    monkeypatch.setattr("audit.lists.questions.SECONDS", 0.05)
    monkeypatch.setattr("audit.lists.pages.SECONDS", 0.05)


@pytest.mark.usefixtures("too_broad")
def test_list_explains_how_to_narrow_the_filter(portal):
    answer = portal.get("/audit/")
    assert answer.status_code == 200
    assert "Choose a shorter period" in pages.read(answer).text
    assert portal.get("/audit/live/").json()["number"] == 0


@pytest.mark.usefixtures("too_broad")
def test_api_clients_get_the_same_message(organization):
    _, secret = factories.make_token(organization, scopes=[Scope.AUDIT_READ])
    answer = Client(headers={"Authorization": f"Bearer {secret}"}).get("/v1/audit/events")
    assert (answer.status_code, "Choose a shorter period" in answer.json()["message"]) == (400, True)


@pytest.mark.parametrize("too_broad", [CHOOSING], indirect=True)
@pytest.mark.usefixtures("too_broad")
def test_export_that_cannot_begin_is_recorded_as_incomplete(portal):
    answer = portal.post("/audit/export/", {"format": "jsonl", "query": "", "form_id": str(uuid4())})
    assert "Choose a shorter period" in pages.read(answer).text
    assert AuditEvent.objects.get(action="events.export_finished").details["events"] == 0
