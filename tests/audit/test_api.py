"""The log over HTTP: our endpoint with filters and cursors, and Webex's endpoints."""

import threading
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection, transaction
from django.test import Client
from openapi_spec_validator import validate

from audit.api import events as endpoint
from audit.models import AuditEvent
from audit.record import EventContent, Target, record
from audit.seal import seal_events
from audit.vocabulary import AuditAction, Result, TargetType
from controlhub.actions.users import deactivate_user
from controlhub.models import Scope
from tests import factories

YEAR = {"from": "2026-01-01T00:00:00.000Z", "to": "2027-01-01T00:00:00.000Z"}
SECURITY_YEAR = {"startTime": YEAR["from"], "endTime": YEAR["to"]}


@pytest.fixture
def ask(organization):
    """`ask(path, **parameters)`: the response to a token with the scope `audit:read`."""
    _, secret = factories.make_token(organization, scopes=[Scope.AUDIT_READ])

    def get(path, **parameters):
        return Client(headers={"Authorization": f"Bearer {secret}"}).get(path, parameters)

    return get


@pytest.fixture
def users(organization):
    return [factories.make_user(organization, f"user{number}@example.com") for number in range(5)]


@pytest.mark.parametrize(
    "path", ["audit/events", "audit/openapi.json", "adminAudit/events", "adminAudit/eventCategories"]
)
def test_scope_is_required(organization, path):
    _, secret = factories.make_token(organization)
    refused = Client(headers={"Authorization": f"Bearer {secret}"}).get(f"/v1/{path}")
    assert (refused.status_code, set(refused.json())) == (403, {"message", "errors", "trackingId"})
    assert "audit:read" in refused.json()["message"]


def test_filters_are_the_same_as_on_the_page(ask, users):
    deactivate_user(users[0], actor=factories.COMMAND)
    found = ask("/v1/audit/events", activity=["Disable account", "Add user"], target=str(users[0].pk)).json()["items"]
    assert [event["activity"] for event in found] == ["Disable account", "Add user"]
    assert found[0]["summary"] == "Command line disabled user0@example.com"
    assert found[0]["target"] == {"type": "User", "id": str(users[0].pk), "name": "user0@example.com"}
    excluded = {"target": str(users[0].pk), "activity": "Add user", "not": "activity"}
    assert [event["activity"] for event in ask("/v1/audit/events", **excluded).json()["items"]] == ["Disable account"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"date_from": "2026-02-31"},
        {"category": "Nonsense"},
        {"kategory": "UserManagement"},
        {"limit": "0"},
        {"limit": "1001"},
        {"limit": "²"},
        {"before": "nonsense"},
        {"before": "01980000-0000-7000-8000-000000000001"},
        {"since": "nonsense"},
        {"since": "9" * 13},
        {"since": "", "q": "smith"},
        {"since": "", "wait": "21"},
    ],
)
def test_unknown_parameter_is_refused(ask, wrong):
    answer = ask("/v1/audit/events", **wrong)
    assert (answer.status_code, bool(answer.json()["message"])) == (400, True)


def test_pages_show_each_event_once(organization, ask, users):
    seen, before = [], ""
    while before is not None:
        answer = ask("/v1/audit/events", limit=3, **({"before": before} if before else {})).json()
        seen += [event["id"] for event in answer["items"]]
        before = answer["before"]
    events = AuditEvent.objects.in_organization(organization).newest_first()
    assert seen == [str(event.pk) for event in events]


@pytest.mark.django_db(transaction=True)
def test_since_includes_events_committed_late(organization, ask):
    """An event is returned later, not lost, if its transaction began before others and committed after them."""
    seal_events()
    since = ask("/v1/audit/events").json()["since"]
    began, finish = threading.Event(), threading.Event()

    def late():
        with transaction.atomic():
            factories.make_user(organization, "late@example.com")
            began.set()
            finish.wait(20)
        connection.close()

    thread = threading.Thread(target=late)
    thread.start()
    assert began.wait(20)
    factories.make_user(organization, "early@example.com")
    seal_events()
    first = ask("/v1/audit/events", since=since).json()
    finish.set()
    thread.join()
    seal_events()
    second = ask("/v1/audit/events", since=first["since"]).json()
    names = [event["target"]["name"] for event in first["items"] + second["items"]]
    assert sorted(names) == ["early@example.com", "late@example.com"]
    assert ask("/v1/audit/events", since=second["since"]).json()["items"] == []


@pytest.mark.django_db(transaction=True)
def test_since_works_with_filters_and_limits(ask, users, other_organization):
    seal_events()
    since, seen, has_more = "", [], True
    while has_more:
        answer = ask("/v1/audit/events", since=since, limit=2, activity="Add user").json()
        seen += [event["target"]["name"] for event in answer["items"]]
        since, has_more = answer["since"], answer["hasMore"]
    assert seen[-5:] == [user.user_name for user in users]


@pytest.mark.django_db(transaction=True)
def test_wait_ends_as_soon_as_there_is_an_event(organization, ask, monkeypatch):
    seal_events()
    since = ask("/v1/audit/events").json()["since"]

    def meanwhile(_seconds):
        factories.make_user(organization, "new@example.com")
        seal_events()

    monkeypatch.setattr(endpoint.time, "sleep", meanwhile)
    answer = ask("/v1/audit/events", since=since, wait=20).json()
    assert [event["target"]["name"] for event in answer["items"]] == ["new@example.com"]


def test_webex_admin_events_are_paged_and_filtered(organization, ask, users):
    org = str(organization.pk)
    answer = ask("/v1/adminAudit/events", orgId=org, max=2, **YEAR)
    first = answer.json()["items"]
    assert set(first[0]) == {"id", "actorOrgId", "actorId", "created", "data"}
    assert first[0]["data"]["targetName"] == "user4@example.com"
    assert first[0]["data"]["eventCategory"] == "UserManagement"
    seen, link = [item["id"] for item in first], answer.headers["Link"]
    while link:
        address = urlsplit(link.partition(">")[0].removeprefix("<"))
        parameters = {name: values[0] for name, values in parse_qs(address.query).items()}
        answer = ask(address.path, **parameters)
        seen += [item["id"] for item in answer.json()["items"]]
        link = answer.headers.get("Link", "")
    assert seen == [str(event.pk) for event in AuditEvent.objects.in_organization(organization).newest_first()]
    third = ask("/v1/adminAudit/events", orgId=org, max=1, offset=2, **YEAR).json()["items"]
    assert [item["id"] for item in third] == seen[2:3]
    assert ask("/v1/adminAudit/events", orgId=org, offset=1000, **YEAR).json() == {"items": []}
    assert ask("/v1/adminAudit/events", orgId=org, offset=1_000_000, before=third[0]["id"], **YEAR).status_code == 200
    command = ask("/v1/adminAudit/events", orgId=org, eventCategories="RoleManagement,GroupManagement", **YEAR)
    assert command.json() == {"items": []}
    assert "UserManagement" in ask("/v1/adminAudit/eventCategories").json()["eventCategories"]


def test_webex_security_events_are_filtered_by_category(organization, admin, ask):
    target = Target(organization.pk, TargetType.USER, str(admin.user_id), admin.sign_in_address)
    content = EventContent(result=Result.FAILURE, reason="Wrong password.")
    record(AuditAction.SIGN_IN_FAILED, target=target, content=content, actor=factories.COMMAND)
    org = str(organization.pk)
    found = ask("/v1/admin/securityAudit/events", orgId=org, eventCategories="LOGINS", **SECURITY_YEAR).json()["items"]
    assert [item["data"]["eventCategory"] for item in found] == ["LOGINS"]
    assert found[0]["data"]["errorMessage"] == "Wrong password."
    none = ask("/v1/admin/securityAudit/events", orgId=org, eventCategories="LOGOUT", **SECURITY_YEAR)
    assert none.json() == {"items": []}


@pytest.mark.parametrize(
    "wrong",
    [
        {"orgId": "01980000-0000-7000-8000-000000000001"},
        {"orgId": ""},
        {"from": "yesterday"},
        {"to": "2025-01-01T00:00:00Z"},
        {"to": "2028-01-01T00:00:00Z"},
        {"max": "201"},
        {"offset": "-1"},
        {"offset": "100001"},
        {"eventCategories": "LOGINS"},
        {"nonsense": "1"},
    ],
)
def test_invalid_webex_parameter_is_refused(organization, ask, wrong):
    answer = ask("/v1/adminAudit/events", **{"orgId": str(organization.pk), **YEAR, **wrong})
    assert (answer.status_code, set(answer.json())) == (400, {"message", "errors", "trackingId"})


def test_openapi_description_names_every_endpoint_and_filter(ask):
    described = ask("/v1/audit/openapi.json").json()
    validate(described)
    assert len(described["paths"]) == 4
    names = {parameter["name"] for parameter in described["paths"]["/audit/events"]["get"]["parameters"]}
    assert {"service", "category", "activity", "status", "target", "initiated_by", "not", "since", "before"} <= names


def test_events_of_another_organization_are_not_returned(other_organization, ask, users):
    foreign = AuditEvent.objects.in_organization(other_organization).first()
    assert ask("/v1/audit/events", before=str(foreign.pk)).status_code == 400
    assert ask("/v1/audit/events", q=str(foreign.pk)).json()["items"] == []
