"""Refused SCIM requests and tokens are recorded as events. Repeated refusals cannot flood the log."""

import pytest
from django.test import Client

from audit.models import AuditEvent
from audit.sentences import Sentences
from audit.vocabulary import AuditAction, Result
from controlhub.actions import repeats
from controlhub.actions.repeats import close_hours
from controlhub.actions.tokens import revoke_token
from controlhub.actions.users import deactivate_user
from controlhub.models import AccessToken, Connection, RepeatedEvent, ScimRequest
from controlhub.models.ids import new_id
from scim.api.request_log import REQUESTS
from scim.protocol import urns
from tests import factories
from tests.conftest import ScimClient
from tests.surfaces import bulk

NEO = {"schemas": [urns.CORE_USER], "userName": "neo@example.com"}
STALE = {"If-Match": 'W/"99"'}
RENAME = {"op": "replace", "path": "title", "value": "The One"}


@pytest.fixture(autouse=True)
def _empty_queue():
    REQUESTS.__init__()


@pytest.fixture
def refusals():
    def written(action=AuditAction.REQUEST_REFUSED):
        REQUESTS.flush()
        return list(AuditEvent.objects.filter(action=action).order_by("created_at", "id"))

    return written


def sentence(organization, event):
    return Sentences(organization, [event]).each()[0].text


def test_refused_write_is_recorded_with_its_cause(scim, organization, refusals):
    user = factories.make_user(organization, "neo@example.com")
    response = scim.patch(f"/Users/{user.pk}", RENAME, **STALE)
    (event,) = refusals()
    token = AccessToken.objects.get()
    assert response.status_code == 412
    assert (event.result, event.service) == (Result.FAILURE, "Account Provisioning")
    assert (event.target_type, event.target_id, event.target_label) == ("User", str(user.pk), user.display_label)
    assert (event.actor_id, event.actor_label, event.connection_id) == (str(token.pk), token.name, token.connection_id)
    assert event.details == {"request": "PATCH /Users", "status": 412}
    assert event.reason == "The resource has changed since this version. Read it again."
    assert event.request_id == response["X-Request-ID"] == str(ScimRequest.objects.get().id)
    assert event.actor_address == "127.0.0.1"
    assert sentence(organization, event).endswith(f"about {user.display_label} was refused: {event.reason}")


def test_cause_names_the_attribute_but_no_submitted_value(scim, organization, refusals):
    factories.make_user(organization, "neo@example.com")
    scim.post("/Users", NEO)
    scim.post("/Users", {"schemas": [urns.CORE_USER]})
    scim.post("/Users", {**NEO, "userName": "trinity@example.com", "name": "trinity"})
    taken, missing, wrong = refusals()
    assert taken.details == {"request": "POST /Users", "status": 409, "scim_type": "uniqueness"}
    assert taken.target_id == str(organization.pk)
    assert "userName" in missing.reason
    assert "trinity" not in wrong.reason


@pytest.mark.parametrize(
    ("send", "status"),
    [
        (lambda scim: scim.post("/Users", {"schemas": []}), 400),
        (lambda scim: scim.put("/Users", {}), 405),
        (lambda scim: scim.get("/Users?filter=nonsense"), 400),
        (lambda scim: scim.get("/Users/ada"), 404),
    ],
)
def test_only_refused_changes_are_recorded(scim, refusals, send, status):
    assert send(scim).status_code == status
    assert len(refusals()) == (status == 400 and not ScimRequest.objects.filter(method="GET").exists())


def test_reading_without_the_scope_is_recorded(organization, refusals):
    _, secret = factories.make_token(organization, scopes=["audit:read"])
    assert ScimClient(organization, secret).get("/Users").status_code == 403
    (event,) = refusals()
    assert event.details == {"request": "GET /Users", "status": 403}


def test_refused_operations_of_a_bulk_request_are_recorded(scim, organization, refusals):
    user = factories.make_user(organization, "neo@example.com")
    change = {"method": "PATCH", "path": f"/Users/{user.pk}", "version": 'W/"99"', "data": factories.patch_body(RENAME)}
    create = {"method": "POST", "path": "/Users", "bulkId": "1", "data": NEO}
    response = scim.post("/Bulk", bulk(change, create, {"method": "POST"}))
    assert response.status_code == 200
    found = {(event.details["request"], event.details["status"], event.target_id) for event in refusals()}
    assert found == {
        ("PATCH /Users", 412, str(user.pk)),
        ("POST /Users", 409, str(organization.pk)),
        ("POST /Bulk", 400, str(organization.pk)),
    }


def test_repeated_refusals_are_counted_and_recorded_once_after_the_hour(scim, organization, refusals, at):
    user = factories.make_user(organization)
    ids = []
    for _ in range(3):
        ids += [scim.put(f"/Users/{user.pk}", NEO, **STALE)["X-Request-ID"] for _ in range(4)]
        refusals()
    (first,) = refusals()
    at(hours=2)
    assert close_hours() == 1
    _, number = refusals()
    assert number.parent_id == first.pk
    assert (number.target_id, number.actor_id, number.connection_id, number.reason) == (
        *(first.target_id, first.actor_id, first.connection_id, first.reason),
    )
    assert number.facts["times"] == 12
    assert number.facts["requests"] == ids[:5]
    assert number.facts["first_at"] < number.facts["last_at"]
    assert sentence(organization, number).endswith("(12 times in an hour)")
    assert (close_hours(), RepeatedEvent.objects.count()) == (0, 0)


def test_single_refusal_leaves_nothing_to_record(scim, refusals, at):
    scim.post("/Users", {})
    refusals()
    at(hours=2)
    assert close_hours() == 1
    assert (len(refusals()), RepeatedEvent.objects.count()) == (1, 0)


def test_hour_in_progress_stays_open(scim, refusals):
    scim.post("/Users", {})
    scim.post("/Users", {})
    refusals()
    assert close_hours() == 0
    assert RepeatedEvent.objects.get().times == 2


def test_many_different_refusals_are_counted_together(scim, organization, refusals, monkeypatch, at):
    monkeypatch.setattr(repeats, "KEYS_AN_HOUR", 3)
    users = [factories.make_user(organization, f"u{number}@example.com") for number in range(6)]
    for _ in range(2):
        for user in users:
            scim.put(f"/Users/{user.pk}", NEO, **STALE)
        found = refusals()
    at(hours=2)
    assert [event.actor_kind for event in found] == ["client"] * 3 + ["system"]
    assert (found[-1].target_id, found[-1].reason) == (str(organization.pk), repeats.TOO_MANY)
    assert sum(RepeatedEvent.objects.values_list("times", flat=True)) == 12
    close_hours()
    assert sum(event.facts.get("times", 0) for event in refusals()) == 12


def test_refusal_is_counted_if_another_process_recorded_it_first(scim, organization, refusals, monkeypatch):
    """Another process has recorded the first refusal between counting and recording."""
    counted = repeats._count

    def overtaken(grouped):
        rest = counted(grouped)
        if rest and not RepeatedEvent.objects.exists():
            monkeypatch.setattr(repeats, "_count", counted)
            (key, one), *_ = rest.items()
            repeats._record_first(key, one)
        return rest

    monkeypatch.setattr(repeats, "_count", overtaken)
    scim.post("/Users", {})
    assert len(refusals()) == 1
    assert RepeatedEvent.objects.get().times == 2


def test_two_concurrent_jobs_record_the_number_once(scim, refusals, monkeypatch, at):
    for _ in range(2):
        scim.post("/Users", {})
    refusals()
    at(hours=2)
    number = repeats._record_number

    def overtaken(repeated):
        monkeypatch.setattr(repeats, "_record_number", number)
        assert close_hours() == 1, "another job has read the same row"
        number(repeated)

    monkeypatch.setattr(repeats, "_record_number", overtaken)
    close_hours()
    assert [event.facts.get("times") for event in refusals()] == [None, 2]
    assert not RepeatedEvent.objects.exists()


def test_number_is_not_recorded_for_a_removed_event(scim, refusals, at):
    """The job did not run until after the retention period of the event."""
    for _ in range(2):
        scim.post("/Users", {})
    assert len(refusals()) == 1
    RepeatedEvent.objects.update(event_id=new_id())
    at(hours=2)
    assert close_hours() == 1
    assert (len(refusals()), RepeatedEvent.objects.count()) == (1, 0)


def test_refused_token_is_recorded(organization, refusals):
    token, secret = factories.make_token(organization)
    revoke_token(token, actor=factories.COMMAND)
    client = ScimClient(organization, secret)
    client.get("/Users")
    client.get("/Users")
    (event,) = refusals(AuditAction.TOKEN_REFUSED)
    assert (event.target_type, event.target_id, event.target_label) == ("Token", str(token.pk), token.name)
    assert (event.result, event.reason, event.actor_address) == (Result.FAILURE, "The token is revoked.", "127.0.0.1")
    assert event.facts["status"] == 401
    assert sentence(organization, event) == f"The token {token.name} was refused: The token is revoked."


def test_refused_token_is_recorded_with_its_reason(organization, refusals):
    token, secret = factories.make_token(organization)
    AccessToken.objects.filter(pk=token.pk).update(expires_at="2020-01-01T00:00:00Z")
    account, _ = factories.make_admin(organization, "gone@example.com")
    factories.make_admin(organization, "other@example.com")
    own, own_secret = factories.make_token(organization, user=account.user)
    AccessToken.objects.filter(pk=own.pk).update(revoked_at=None)
    ScimClient(organization, secret).get("/Users")
    Client().get(f"/v1/scim/{organization.pk}/Users", headers={"Authorization": "Bearer nonsense"})
    deactivate_user(account.user, actor=factories.COMMAND)
    AccessToken.objects.filter(pk=own.pk).update(revoked_at=None)
    ScimClient(organization, own_secret).get("/Users")
    reasons = {event.target_type + ": " + event.reason for event in refusals(AuditAction.TOKEN_REFUSED)}
    assert reasons == {
        "Token: The token has expired.",
        "Organization: The token is not known.",
        "Token: The owner of the token is Inactive.",
    }


def test_unknown_token_without_an_organization_is_not_recorded(db, refusals):
    Client().get("/identity/scim/v2/Users", headers={"Authorization": "Bearer nonsense"})
    assert refusals(AuditAction.TOKEN_REFUSED) == []


def test_response_does_not_depend_on_the_event(scim, refusals, monkeypatch):
    """An event that cannot be recorded does not change the response."""
    monkeypatch.setattr(repeats, "_count", lambda _: 1 / 0)
    assert scim.post("/Users", {}).status_code == 400
    with pytest.raises(ZeroDivisionError):
        REQUESTS.flush()
    assert ScimRequest.objects.count() == 1


def test_filters_find_a_refused_write_by_status_and_connection(scim, organization, refusals, portal):
    scim.post("/Users", {})
    refusals()
    connection = Connection.objects.get()
    page = portal.get(f"/audit/?status=failure&connection={connection.pk}")
    assert "was refused" in page.content.decode()
