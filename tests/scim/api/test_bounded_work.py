"""Limits of the merged document and of the work for one request, over HTTP."""

import json

import pytest
from django.db import connection

from audit.models import AuditEvent
from controlhub.actions.groups import create_group
from controlhub.models import User
from controlhub.sql.memberships import _BELOW
from scim.api import bulk
from scim.protocol.project import MAX_NAMES
from scim.resources import base
from tests import factories
from tests.scim.writes import BULK_REQUEST, EACH_BASE, ENDPOINTS, nested, subject_of

TEXTS = {
    "/Users": "title",
    "/Groups": "urn:scim:schemas:extension:cisco:webexidentity:2.0:Group:usage",
    "/Lockers": "label",
}


@pytest.fixture(params=EACH_BASE)
def path(request):
    return request.param


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_document_limit_applies_to_every_request(organization, path, endpoint, monkeypatch):
    subject = subject_of(organization, endpoint, path)
    subject.make()
    monkeypatch.setattr(base, "MAX_DOCUMENT", 1_000)
    name, long = TEXTS[endpoint], "x" * 1_000
    for write in (
        lambda: subject.put(name, long),
        lambda: subject.patch("replace", name, long),
        lambda: subject.bulk("POST", {**subject.required, "externalId": "2", **nested(name, long)}),
        lambda: subject.bulk("PUT", {**subject.required, **nested(name, long)}),
    ):
        outcome = write()
        assert (outcome.status, outcome.scim_type) == (400, "invalidValue")
        assert "1,000 bytes" in outcome.document["detail"]
    assert subject.patch("replace", name, "x" * 100).status == 200


def test_larger_document_can_shrink_and_be_deactivated(organization, path, monkeypatch):
    subject = subject_of(organization, "/Users", path)
    subject.make(title="x" * 2_000, nickName="y")
    monkeypatch.setattr(base, "MAX_DOCUMENT", 1_000)
    assert subject.patch("replace", "nickName", "longer").scim_type == "invalidValue"
    assert subject.patch("replace", "nickName", "z").status == 200
    assert subject.patch("replace", "active", False).status == 200
    assert not User.objects.get().active
    assert subject.patch("remove", "title", None).status == 200


def test_bulk_refuses_resources_that_single_requests_refuse(scim, monkeypatch):
    monkeypatch.setattr(base, "MAX_DOCUMENT", 500)
    data = [{"userName": f"u{index}", "title": "x" * 1_000 * (index == 1)} for index in range(3)]
    operations = [{"method": "POST", "path": "/Users", "bulkId": d["userName"], "data": d} for d in data]
    answer = scim.post("/Bulk", {"schemas": [BULK_REQUEST], "Operations": operations})
    assert [operation["status"] for operation in answer.document["Operations"]] == ["201", "400", "201"]


@pytest.mark.parametrize("name", ["attributes", "excludedAttributes"])
def test_number_of_names_is_limited(scim, name):
    many = ["title"] * (MAX_NAMES + 1)
    for answer in (
        scim.get(f"/Users?{name}={','.join(many)}"),
        scim.post("/Users/.search", {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], name: many}),
    ):
        assert answer.document["scimType"] == "invalidValue"
        assert f"{MAX_NAMES:,}" in answer.document["detail"]


def test_bulk_stops_in_time_and_reports_the_remaining_operations(scim, monkeypatch):
    monkeypatch.setattr(bulk, "SECONDS", -1)
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": str(index), "data": {"userName": f"u{index}"}}
        for index in range(3)
    ]
    answer = scim.post("/Bulk", {"schemas": [BULK_REQUEST], "Operations": operations})
    assert answer.status_code == 200
    assert [operation["status"] for operation in answer.document["Operations"]] == ["503"] * 3
    assert {operation["bulkId"] for operation in answer.document["Operations"]} == {"0", "1", "2"}
    assert not User.objects.exists()
    assert not AuditEvent.objects.filter(action="user.created").exists()


def test_new_group_is_not_searched_for_in_its_members(organization, scim):
    """The end of a chain of groups costs as much as its beginning, because a group without parents needs no search."""
    child = None
    for index in range(30):
        members = [{"value": child}] if child else []
        child = scim.post("/Groups", {"displayName": f"g{index}", "members": members}).document["id"]
    plan = below_plan(organization, child)
    assert plan["Actual Rows"] == 0
    assert plan["Actual Loops"] == 1


def below_plan(organization, group):
    """The plan of the cycle check for a new group that gets `group` as a member."""
    new = create_group(organization, document={"displayName": "new"}, actor=factories.COMMAND)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {_BELOW}", {"ids": [group], "group": new.pk})
        plan = cursor.fetchone()[0]
    plan = json.loads(plan) if isinstance(plan, str) else plan
    (walk,) = [part for part in plan[0]["Plan"]["Plans"] if part["Node Type"] == "Recursive Union"]
    return walk


def test_cycle_is_still_detected(scim):
    a, b, c = (scim.post("/Groups", {"displayName": name}).document["id"] for name in "abc")
    for group, member in ((a, b), (b, c)):
        assert (
            scim.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": [{"value": member}]}).status_code
            == 200
        )
    for group, member in ((c, a), (c, b), (b, a)):
        answer = scim.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": [{"value": member}]})
        assert answer.status_code == 400
