"""Reads and exports of the log are logged: reads once per session and hour, exports with the number of events."""

from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from audit.lists.exports import Tally
from audit.models import AuditEvent
from audit.seal import seal_events
from audit.sentences import Sentences
from audit.views.exports import recorded
from audit.vocabulary import AuditAction, Result
from controlhub.actions import exports
from controlhub.actions.exports import start_export_of_events
from controlhub.actions.repeats import close_hours
from controlhub.models import RepeatedEvent, Scope
from scim.api.request_log import REQUESTS
from tests import factories


@pytest.fixture(autouse=True)
def _empty_queue():
    REQUESTS.__init__()


def events(action):
    REQUESTS.flush()
    return list(AuditEvent.objects.filter(action=action).order_by("created_at", "id"))


def sentence(event, organization):
    return Sentences(organization, [event]).each()[0].text


def test_reading_pages_is_recorded_once_per_session(organization, admin, portal):
    other = factories.browser(factories.make_admin(organization, "other@example.com")[0])
    event = AuditEvent.objects.first()
    for address in ("/audit/", "/audit/?tab=sign-ins", f"/audit/{event.pk}/"):
        assert portal.get(address).status_code == 200
    other.get("/audit/")
    first, second = events(AuditAction.EVENTS_READ)
    assert (first.actor_id, first.details, first.target_id) == (
        *(str(admin.user_id), {"method": "page"}, str(organization.pk)),
    )
    assert first.actor_address == "127.0.0.1"
    assert first.request_id
    assert second.actor_id != first.actor_id
    assert sorted(RepeatedEvent.objects.values_list("times", flat=True)) == [1, 3]
    assert sentence(first, organization).endswith(f"read the audit log of {organization.name}")


def test_number_of_reads_is_recorded_after_the_hour(organization, portal, at):
    portal.get("/audit/")
    portal.get("/audit/")
    at(hours=2)
    close_hours()
    assert [event.facts.get("times") for event in events(AuditAction.EVENTS_READ)] == [None, 2]


def test_reading_with_the_api_is_recorded_once_per_token(organization):
    token, secret = factories.make_token(organization, scopes=[Scope.AUDIT_READ])
    headers = {"Authorization": f"Bearer {secret}"}
    for address in ("/v1/audit/events", "/v1/audit/events?since=", "/v1/audit/openapi.json"):
        assert Client().get(address, headers=headers).status_code == 200
    (event,) = events(AuditAction.EVENTS_READ)
    assert (event.actor_id, event.details) == (str(token.pk), {"method": "API"})
    assert RepeatedEvent.objects.get().times == 3


def test_refused_read_is_not_recorded_as_a_read(organization):
    _, secret = factories.make_token(organization)
    assert Client().get("/v1/audit/events", headers={"Authorization": f"Bearer {secret}"}).status_code == 403
    assert Client().get("/v1/audit/events", headers={"Authorization": "Bearer nonsense"}).status_code == 401
    assert events(AuditAction.EVENTS_READ) == []
    assert [event.facts["status"] for event in events(AuditAction.REQUEST_REFUSED)] == [403]


def test_use_of_an_expired_token_is_recorded(organization):
    token, secret = factories.make_token(organization, days=1)
    type(token).objects.filter(pk=token.pk).update(expires_at="2020-01-01T00:00:00Z")
    Client().get("/v1/audit/events", headers={"Authorization": f"Bearer {secret}"})
    assert [event.target_id for event in events(AuditAction.TOKEN_REFUSED)] == [str(token.pk)]


@pytest.mark.parametrize("file_format", ["csv", "jsonl", "bundle"])
def test_end_of_an_export_is_recorded_with_the_number_of_events(organization, portal, file_format):
    seal_events()
    form = {"format": file_format, "query": "activity=Add+user", "form_id": str(uuid4())}
    portal.post("/audit/export/", form).getvalue()
    (start,), (end,) = events(AuditAction.EVENTS_EXPORTED), events(AuditAction.EXPORT_FINISHED)
    assert end.parent_id == start.pk
    assert end.details == {"format": file_format, "filter": "activity=Add+user", "events": 1}
    assert (end.result, end.request_id) == (Result.SUCCESS, start.request_id)
    assert "events: 1" in sentence(end, organization)


def test_aborted_export_is_recorded_as_a_failure(organization):
    export = start_export_of_events(organization, file_format="csv", query="", actor=factories.COMMAND)
    file = recorded(iter(["first", "last"]), Tally(events=1), export)
    assert next(file) == "first"
    file.close()
    (end,) = events(AuditAction.EXPORT_FINISHED)
    assert (end.result, end.details["events"]) == (Result.FAILURE, 1)
    assert sentence(end, organization).endswith("The file was not taken to its end.")


def test_download_completes_even_if_its_end_cannot_be_recorded(organization, monkeypatch):
    def broken(*_, **__):
        raise exports.DatabaseError

    export = start_export_of_events(organization, file_format="csv", query="", actor=factories.COMMAND)
    monkeypatch.setattr(exports, "record", broken)
    assert list(recorded(iter(["all"]), Tally(), export)) == ["all"]


def test_export_by_command_is_recorded(organization, tmp_path):
    seal_events()
    number = AuditEvent.objects.count()
    call_command("export_audit", str(organization.pk), str(tmp_path / "log.zip"))
    (start,), (end,) = events(AuditAction.EVENTS_EXPORTED), events(AuditAction.EXPORT_FINISHED)
    assert (start.actor_kind, end.details["events"], end.parent_id) == ("command", number, start.pk)


def test_failed_export_by_command_is_recorded(organization, tmp_path, monkeypatch):
    def broken(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("audit.management.commands.export_audit.write_bundle", broken)
    with pytest.raises(CommandError, match="No space left"):
        call_command("export_audit", str(organization.pk), str(tmp_path / "log.zip"))
    assert [event.result for event in events(AuditAction.EXPORT_FINISHED)] == [Result.FAILURE]


def test_export_of_unknown_organization_is_refused(db, tmp_path):
    with pytest.raises(CommandError, match="list_organizations"):
        call_command("export_audit", str(uuid4()), str(tmp_path / "log.zip"))
