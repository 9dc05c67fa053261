"""A bulk request that creates users with one statement has the same result as single requests."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import AuditEvent
from controlhub.models import User
from scim.api import bulk
from tests import factories
from tests.conftest import ScimClient

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
WORDY = {
    "schemas": [factories.ENTRA_CORE, factories.ENTERPRISE],
    "externalId": "e\\1",
    "displayName": 'Trinity "T" 🐇',
    "name": {"givenName": "Trinity", "familyName": "Zion"},
    "emails": [{"value": "Trinity@Example.com", "type": "work", "primary": "True"}, {"value": "t@zion.example"}],
    "password": "never kept",
    factories.ENTERPRISE: {"department": "Ops\n1"},
}
MADE = {"action": "user.created"}
OWN = {"id", "ordinal", "created_at", "modified_at", "moments", "deactivated_at", "target_id", "request_id"}
OWN |= {"organization_id", "actor_id", "connection_id", "parent_id", "commitments", "mac", "transaction_id"}
PEOPLE = [{"userName": "trinity@example.com", **WORDY}, {"userName": "cypher@example.com", "active": False}]


def request(*documents, **more):
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": f"b{number}", "data": document}
        for number, document in enumerate(documents)
    ]
    return {"schemas": [BULK], "Operations": operations, **more}


def named(*names):
    return [{"schemas": [factories.ENTRA_CORE], "userName": f"{name}@example.com"} for name in names]


def rows(manager):
    """The column values written, without those that differ from row to row."""
    return [{key: value for key, value in row.items() if key not in OWN} for row in manager.order_by("pk").values()]


def events(organization):
    """The columns of the recorded events, and the personal values of their targets."""
    made = AuditEvent.objects.filter(organization_id=organization.pk, **MADE)
    return rows(made), [(event.target_label, event.changes, event.details) for event in made.order_by("pk")]


def test_rows_and_events_are_the_same_as_with_single_requests(scim, organization, other_organization):
    _, secret = factories.make_token(other_organization)
    other = ScimClient(other_organization, secret)
    for document in PEOPLE:
        scim.post("/Users", document)
    assert other.post("/Bulk", request(*PEOPLE)).status_code == 200
    alone, together = (
        (rows(User.objects.filter(organization=one)), *events(one)) for one in (organization, other_organization)
    )
    assert alone == together
    assert [len(found) for found in alone] == [2, 2, 2]


def test_times_of_a_new_user_are_equal(scim):
    scim.post("/Bulk", request(*PEOPLE))
    active, inactive = User.objects.order_by("pk")
    assert active.created_at == active.modified_at == inactive.deactivated_at == inactive.created_at
    assert active.deactivated_at is None


def test_number_of_statements_does_not_depend_on_the_number_of_users(scim):
    scim.get("/Users?count=1")
    with CaptureQueriesContext(connection) as few:
        scim.post("/Bulk", request(*named("a", "b")))
    with CaptureQueriesContext(connection) as many:
        scim.post("/Bulk", request(*named(*(f"c{number}" for number in range(bulk.TOGETHER)))))
    with CaptureQueriesContext(connection) as with_keys:
        scim.post("/Bulk", request(*({**one, "externalId": one["userName"]} for one in named("d", "e", "f"))))
    assert len(many) == len(with_keys) == len(few)
    assert User.objects.count() == bulk.TOGETHER + 5


def test_failed_user_does_not_change_the_outcome_of_others(scim, organization):
    factories.make_user(organization, "taken@example.com")
    documents = [*named("a", "taken", "b", "A"), {"userName": "c@example.com", "active": {}}, *named("d")]
    answer = scim.post("/Bulk", request(*documents))
    statuses = [outcome["status"] for outcome in answer.document["Operations"]]
    assert statuses == ["201", "409", "201", "409", "400", "201"]
    assert AuditEvent.objects.filter(**MADE).count() == 4


@pytest.mark.parametrize(("limit", "tried"), [(1, 2), (2, 4), (9, 5)])
def test_fail_on_errors_stops_where_single_operations_would(scim, limit, tried):
    answer = scim.post("/Bulk", request(*named("a", "A", "b", "B", "c"), failOnErrors=limit))
    assert len(answer.document["Operations"]) == tried
    assert User.objects.count() == sum(outcome["status"] == "201" for outcome in answer.document["Operations"])


def test_inactive_user_with_the_same_name_is_revived(scim, organization):
    user = scim.post("/Users", {"userName": "a@example.com", "active": False}).document["id"]
    outcomes = scim.post("/Bulk", request(*named("b", "a"))).document["Operations"]
    assert [outcome["status"] for outcome in outcomes] == ["201", "201"]
    assert outcomes[1]["location"].endswith(user)


def test_tolerances_are_recorded_for_each_user(scim):
    scim.post("/Bulk", request({**named("a")[0], "active": "True"}, *named("b")))
    told = {event.target_label: event.details for event in AuditEvent.objects.filter(**MADE)}
    assert told == {"a@example.com": {"tolerated": ["boolean-as-string"]}, "b@example.com": {}}
