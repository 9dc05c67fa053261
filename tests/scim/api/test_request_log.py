"""The request log: what it keeps of each request, and what it never keeps."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from audit.models import AuditEvent
from audit.record import EventContent, Target
from audit.vocabulary import AuditAction, TargetType
from controlhub.actions import repeats
from controlhub.actions.pauses import pause_connection, resume_connection
from controlhub.actions.repeats import Happening
from controlhub.actions.request_log import Entry, first_id, store_requests, sweep_requests, sweeping
from controlhub.actions.tokens import revoke_token
from controlhub.actions.users import deactivate_user, purge_inactive_user
from controlhub.database import clock
from controlhub.models import AccessToken, ProvisioningError, RepeatedEvent, RequestHour, ScimRequest, User
from controlhub.models.activity import activity_of
from scim.api import request_log
from scim.api.request_log import REQUESTS
from scim.protocol import urns
from tests import factories
from tests.conftest import ScimClient

NEO = {"schemas": [urns.CORE_USER], "userName": "neo@example.com"}


@pytest.fixture(autouse=True)
def _empty_queue():
    REQUESTS.__init__()


@pytest.fixture
def log():
    def written():
        REQUESTS.flush()
        return list(ScimRequest.objects.order_by("id"))

    return written


def test_request_is_logged_with_its_connection_and_request_id(scim, organization, log):
    response = scim.get("/Users?count=1")
    (entry,) = log()
    token = AccessToken.objects.get()
    assert (entry.method, entry.status) == ("GET", 200)
    assert entry.path.endswith("/Users?count=1")
    assert (entry.organization_id, entry.connection_id) == (organization.pk, token.connection_id)
    assert entry.shown_id == response["X-Request-ID"]
    assert entry.body == entry.answer == ""


def test_read_runs_no_statement_for_the_log(scim):
    scim.get("/Users?count=1")
    with CaptureQueriesContext(
        connection,
    ) as captured:
        scim.get("/Users?count=1")
    assert not [query for query in captured if "scimrequest" in query["sql"]]


def test_write_is_logged_with_its_body_and_resource(scim, log):
    created = scim.post("/Users", NEO).json()
    (entry,) = log()
    assert json.loads(entry.body) == NEO
    assert str(entry.resource_id) == created["id"]
    assert entry.answer == ""


def test_error_keeps_the_response(scim, log):
    scim.post("/Users", {"schemas": [urns.CORE_USER]})
    (entry,) = log()
    assert entry.status == 400
    assert entry.scim_type == "invalidValue"
    assert json.loads(entry.answer)["detail"]


@pytest.mark.parametrize(
    "body",
    [
        {**NEO, "password": "follow the white rabbit"},
        {**NEO, "PassWord": "follow the white rabbit"},
        {
            "schemas": [urns.PATCH_OP],
            "Operations": [{"op": "add", "path": "password", "value": "follow the white rabbit"}],
        },
        {"schemas": [urns.PATCH_OP], "Operations": [{"value": {"password": "follow the white rabbit"}, "op": "add"}]},
    ],
)
def test_password_is_never_kept(scim, log, body):
    scim.post("/Users", body)
    assert "rabbit" not in log()[0].body


@pytest.mark.parametrize("name", ["password", "p\\u0061ssword"])
def test_password_in_broken_json_is_never_kept(scim, log, name):
    scim.post("/Users", f'{{"{name}": "rabbit", ')
    assert "rabbit" not in log()[0].body


def test_long_body_is_truncated(scim, log):
    scim.post("/Users", {**NEO, "title": "x" * 9_000})
    (entry,) = log()
    assert len(entry.body) == 4_096 < entry.body_size


def test_text_with_special_meaning_for_copy_is_kept_unchanged(scim, log):
    scim.post("/Users", {**NEO, "title": "a\\b\tc\nd\\N"})
    assert json.loads(log()[0].body)["title"] == "a\\b\tc\nd\\N"


def test_request_with_revoked_token_is_logged_with_its_connection(scim, organization, log):
    token = AccessToken.objects.get()
    revoke_token(token, actor=factories.COMMAND)
    assert scim.get("/Users").status_code == 401
    (entry,) = log()
    assert (entry.status, entry.connection_id, entry.token_id) == (401, token.connection_id, None)


def test_request_without_token_is_logged_for_the_organization_in_the_url(client, organization, log):
    client.get(f"/v1/scim/{organization.pk}/Users")
    assert [(entry.organization_id, entry.status) for entry in log()] == [(organization.pk, 401)]


def test_request_for_unknown_organization_is_not_logged(client, db, log):
    client.get("/v1/scim/0190a0a0-0000-7000-8000-000000000000/Users")
    assert log() == []
    assert not RequestHour.objects.exists()


def test_requests_of_a_removed_organization_do_not_affect_others(scim, organization, log):
    scim.post("/Users", {"schemas": [urns.CORE_USER]})
    (waiting,) = REQUESTS._waiting
    REQUESTS._waiting.appendleft(waiting._replace(id=str(uuid4()), organization_id=str(uuid4())))
    assert [entry.organization_id for entry in log()] == [organization.pk]
    assert AuditEvent.objects.filter(action=AuditAction.REQUEST_REFUSED).count() == 1


def test_token_used_at_another_organization_is_logged_for_its_own(organization, other_organization, log):
    _, secret = factories.make_token(other_organization)
    ScimClient(organization, secret).get("/Users")
    assert [(entry.organization_id, entry.status) for entry in log()] == [(other_organization.pk, 404)]


def test_counters_accumulate_over_batches(scim, organization, log):
    scim.get("/Users")
    log()
    scim.get("/Users")
    scim.post("/Users", {"schemas": [urns.CORE_USER]})
    log()
    (activity,) = activity_of(organization).values()
    assert (activity.requests, activity.errors, len(activity.hours)) == (3, 1, 24)
    assert activity.last_error == ScimRequest.objects.failed().get().id


def test_error_followed_by_success_in_one_batch_leaves_no_error(scim, organization, log):
    user = factories.make_user(organization)
    scim.patch(f"/Users/{user.pk}", {"op": "bend"})
    scim.patch(f"/Users/{user.pk}", {"op": "replace", "path": "title", "value": "The One"})
    assert len(log()) == 2
    assert not ProvisioningError.objects.exists()


def test_successes_are_compared_with_errors_only_if_there_are_errors(scim, organization, log):
    user = factories.make_user(organization)
    rename = {"op": "replace", "path": "title", "value": "The One"}
    scim.patch(f"/Users/{user.pk}", rename)
    with CaptureQueriesContext(connection) as captured:
        log()
    assert not [query for query in captured if "DELETE FROM controlhub_provisioningerror" in query["sql"]]


def test_failed_write_is_the_users_last_error_until_a_success(scim, organization, log):
    user = factories.make_user(organization)
    scim.patch(f"/Users/{user.pk}", {"op": "bend"})
    log()
    assert ProvisioningError.objects.get().resource_id == user.pk
    scim.patch(f"/Users/{user.pk}", {"op": "add", "path": "title", "value": "The One"})
    log()
    assert not ProvisioningError.objects.exists()


def test_write_refused_by_a_pause_does_not_clear_an_error(scim, organization, log):
    used, user = AccessToken.objects.get().connection, factories.make_user(organization)
    scim.patch(f"/Users/{user.pk}", {"op": "bend"})
    pause_connection(used, actor=factories.COMMAND)
    assert scim.patch(f"/Users/{user.pk}", {"op": "add", "path": "title", "value": "The One"}).status_code == 503
    log()
    assert ProvisioningError.objects.get().resource_id == user.pk


def test_error_about_an_unknown_user_is_not_recorded_for_a_user(scim, log):
    scim.get("/Users/0190a0a0-0000-7000-8000-000000000000")
    log()
    assert not ProvisioningError.objects.exists()


def test_full_queue_drops_entries_and_counts_them(scim, organization, log, monkeypatch):
    monkeypatch.setattr(request_log, "MOST_WAITING", 1)
    for _ in range(2):
        scim.get("/Users")
    assert len(log()) == 1
    (activity,) = activity_of(organization).values()
    assert (activity.requests, activity.dropped) == (2, 1)


def test_requests_beyond_the_hourly_limit_are_only_counted(scim, organization, log, monkeypatch):
    monkeypatch.setattr(request_log, "MOST_AN_HOUR", 1)
    for _ in range(3):
        scim.get("/Users")
    assert len(log()) == 1
    assert next(iter(activity_of(organization).values())).dropped == 2


def test_unknown_organizations_use_no_memory(client, db, log, monkeypatch):
    monkeypatch.setattr(request_log, "MOST_COUNTED", 2)
    REQUESTS.__init__()
    for _ in range(3):
        client.get(f"/v1/scim/{uuid4()}/Users")
    log()
    assert 0 < len(REQUESTS._written) <= 2


def test_paused_connection_gets_503_until_it_is_resumed(scim, organization, log):
    used = AccessToken.objects.get().connection
    scim.get("/Users")
    pause_connection(used, actor=factories.COMMAND)
    response = scim.get("/Users")
    assert (response.status_code, response["Retry-After"]) == (503, "600")
    resume_connection(used, actor=factories.COMMAND)
    assert scim.get("/Users").status_code == 200
    log()
    assert next(iter(activity_of(organization).values())).errors == 0


def test_cached_token_does_not_bypass_a_pause(scim, organization):
    for _ in range(2):
        scim.get("/Users")
    pause_connection(AccessToken.objects.get().connection, actor=factories.COMMAND)
    assert scim.post("/Users", NEO).status_code == 503


def test_last_status_of_an_hour_is_that_of_the_newest_request(scim, organization):
    """Threads may record their requests in a different order."""
    scim.get("/Users")
    scim.post("/Users", {"schemas": [urns.CORE_USER]})
    first, last = REQUESTS._waiting
    hour = first.at // 3_600 * 3_600
    REQUESTS._waiting.clear()
    REQUESTS._waiting.extend([last._replace(at=hour + 2), first._replace(at=hour + 1)])
    REQUESTS.flush()
    counted = RequestHour.objects.get()
    assert (counted.requests, counted.last_status, counted.last_at.timestamp()) == (2, 400, hour + 2)


def test_requests_are_only_counted_if_the_log_is_disabled(scim, organization, log, settings):
    settings.REQUEST_LOG_DAYS = 0
    user = factories.make_user(organization)
    scim.patch(f"/Users/{user.pk}", {"op": "bend"})
    assert log() == []
    (activity,) = activity_of(organization).values()
    assert (activity.requests, activity.errors, activity.dropped, activity.last_error) == (1, 1, 1, None)
    assert ProvisioningError.objects.get().resource_id == user.pk


@pytest.mark.parametrize(
    "answer", [b'{"scimType": "invalidValue", "detail": "cut', b"<html>", b'["invalidValue"]', b""]
)
def test_error_with_an_unreadable_response_is_recorded_with_its_status(organization, answer):
    """A long response is truncated."""
    user = factories.make_user(organization)
    entry = entry_from(organization, 1)
    failed = {"method": "PATCH", "status": 500, "resource_id": str(user.pk), "is_error": True, "answer": answer}
    assert store_requests([entry._replace(**failed)]) == 1
    stored, noted = ScimRequest.objects.get(), ProvisioningError.objects.get()
    assert (stored.status, stored.scim_type, stored.answer) == (500, "", answer.decode())
    assert (noted.resource_id, noted.status, noted.scim_type, noted.detail) == (user.pk, 500, "", "")


def entry_from(organization, hours_ago, path="/Users"):
    moment = clock.machine_now() - timedelta(hours=hours_ago)
    return Entry(
        moment.timestamp(), 0.01, str(first_id(moment)), "", str(organization.pk), None, str(uuid4()), None, "GET",
        path, 200, "", (), None, "", b"", 0, b"", False,
    )  # fmt: skip


def logged(organization, hours_ago, path="/Users"):
    """An entry from this many hours ago."""
    assert store_requests([entry_from(organization, hours_ago, path)]) == 1


def test_sweep_deletes_old_entries(organization, settings):
    logged(organization, 1)
    logged(organization, settings.REQUEST_LOG_DAYS * 24 + 1)
    assert sweep_requests() == 1
    assert sweep_requests() == 0
    assert ScimRequest.objects.count() == 1


def test_sweep_deletes_old_entries_in_batches(organization, settings, monkeypatch):
    monkeypatch.setattr(sweeping, "SWEPT_AT_ONCE", 2)
    logged(organization, 1)
    for number in range(5):
        logged(organization, settings.REQUEST_LOG_DAYS * 24 + 1 + number)
    with CaptureQueriesContext(connection) as captured:
        assert sweep_requests() == 5
    assert len([query for query in captured if "DELETE FROM controlhub_scimrequest" in query["sql"]]) == 3
    assert ScimRequest.objects.count() == 1


def test_sweep_deletes_the_oldest_entries_beyond_the_limit(organization, settings):
    settings.REQUEST_LOG_ROWS = 1
    logged(organization, 3, "/Groups")
    logged(organization, 1)
    assert sweep_requests() == 1
    assert sweep_requests() == 0
    assert ScimRequest.objects.get().path == "/Users"


def test_sweep_does_not_affect_other_organizations(organization, other_organization, settings):
    settings.REQUEST_LOG_ROWS = 1
    logged(organization, 3)
    logged(organization, 1)
    logged(other_organization, 3)
    assert sweep_requests() == 1
    assert ScimRequest.objects.in_organization(other_organization).count() == 1


def test_permanent_deletion_removes_logged_data_of_the_user(scim, log):
    created = scim.post("/Users", NEO).json()
    other = scim.post("/Users", {**NEO, "userName": "trinity@example.com"}).json()
    scim.patch(f"/Users/{created['id']}", {"schemas": [urns.PATCH_OP], "Operations": [{"op": "bad"}]})
    log()
    assert ProvisioningError.objects.count() == 1
    user = User.objects.get(pk=created["id"])
    purge_inactive_user(deactivate_user(user, actor=factories.COMMAND), actor=factories.COMMAND)
    about = ScimRequest.objects.filter(resource_id=user.pk)
    assert [(entry.method, entry.body, entry.answer) for entry in about.order_by("id")] == [
        ("POST", "", ""),
        ("PATCH", "", ""),
    ]
    assert ScimRequest.objects.get(resource_id=other["id"]).body
    assert not ProvisioningError.objects.exists()


def test_requests_logged_after_the_deletion_have_no_bodies(scim, log):
    created = scim.post("/Users", NEO).json()
    scim.delete(f"/Users/{created['id']}")
    assert not User.objects.filter(pk=created["id"]).exists()
    assert [(entry.method, entry.body) for entry in log()] == [("POST", ""), ("DELETE", "")]


def _happening(organization_id):
    target = Target(organization_id, TargetType.ORGANIZATION, str(organization_id), "Gone")
    return Happening(AuditAction.REQUEST_REFUSED, target, factories.COMMAND, (uuid4(),), EventContent())


@pytest.mark.parametrize("room", [repeats.KEYS_AN_HOUR, 0])
def test_events_of_removed_organizations_are_dropped(scim, organization, log, monkeypatch, room):
    """They were waiting while the organization was removed."""
    monkeypatch.setattr(repeats, "KEYS_AN_HOUR", room)
    scim.get("/Users")
    gone = uuid4()
    for organization_id in (gone, organization.pk, gone):
        REQUESTS.note_event(_happening(organization_id))
    assert len(log()) == 1
    refused = AuditEvent.objects.filter(action=AuditAction.REQUEST_REFUSED)
    assert [event.organization_id for event in refused] == [organization.pk]
    assert set(RepeatedEvent.objects.values_list("organization_id", flat=True)) == {organization.pk}


def test_events_that_cannot_be_written_do_not_lose_requests(scim, organization, monkeypatch):
    def fail(_happenings):
        list(_happenings)
        raise DatabaseError

    monkeypatch.setattr(request_log, "record_repeated", fail)
    scim.get("/Users")
    REQUESTS.note_event(_happening(organization.pk))
    with pytest.raises(DatabaseError):
        REQUESTS.flush()
    assert ScimRequest.objects.count() == 1
