"""Bulk (RFC 7644 §3.7): each operation has its own outcome, bulkIds can be in any order, and cycles are refused."""

import pytest

from controlhub.models import Membership, User
from tests import factories, surfaces

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


@pytest.fixture
def bulk(scim):
    def send(*operations, **more):
        answer = scim.post("/Bulk", {"schemas": [BULK], "Operations": list(operations), **more})
        return answer, answer.document.get("Operations")

    return send


def user(name, bulk_id="u"):
    return {"method": "POST", "path": "/Users", "bulkId": bulk_id, "data": {"userName": name}}


def group(name, *members, bulk_id="g"):
    data = {"displayName": name, "members": [{"value": member} for member in members]}
    return {"method": "POST", "path": "/Groups", "bulkId": bulk_id, "data": data}


def test_operation_can_refer_to_a_later_one(bulk, scim):
    answer, outcomes = bulk(group("Crew", "bulkId:u"), user("neo@example.com"))
    assert answer.status_code == 200
    assert answer.document["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"]
    assert [(outcome["bulkId"], outcome["status"]) for outcome in outcomes] == [("g", "201"), ("u", "201")]
    made = outcomes[0]["location"].rpartition("/")[2]
    assert outcomes[1]["location"].endswith(scim.get(f"/Groups/{made}").document["members"][0]["value"])


def test_resource_created_in_the_request_can_be_changed_and_deleted(bulk, organization):
    _, outcomes = bulk(
        user("neo@example.com", "a"),
        user("smith@example.com", "b"),
        {
            "method": "PATCH",
            "path": "/Users/bulkId:a",
            "data": factories.patch_body({"op": "replace", "path": "title", "value": "The One"}),
        },
        {"method": "PUT", "path": "/Users/bulkId:a", "data": {"userName": "thomas@example.com"}},
        {"method": "DELETE", "path": "/Users/bulkId:b"},
    )
    assert [outcome["status"] for outcome in outcomes] == ["201", "201", "200", "200", "204"]
    assert User.objects.get(organization=organization).user_name == "thomas@example.com"


def test_failed_operation_does_not_stop_the_others(bulk, organization):
    _, outcomes = bulk(
        user("neo@example.com", "a"),
        user("NEO@example.com", "b"),
        {"method": "DELETE", "path": "/Users/nobody"},
        {"method": "GET", "path": "/Users/x"},
        {"method": "POST", "path": "/Nothing", "bulkId": "n", "data": {}},
        "nonsense",
        user("trinity@example.com", "c"),
    )
    assert [outcome["status"] for outcome in outcomes] == ["201", "409", "404", "400", "404", "400", "201"]
    assert outcomes[1]["response"]["scimType"] == "uniqueness"
    assert User.objects.filter(organization=organization).count() == 2


def test_fail_on_errors_stops_the_request(bulk, organization):
    _, outcomes = bulk(user("neo", "a"), user("neo", "b"), user("trinity", "c"), failOnErrors=1)
    assert [outcome["status"] for outcome in outcomes] == ["201", "409"]
    assert User.objects.filter(organization=organization).count() == 1


@pytest.mark.parametrize("limit", [{"failOnErrors": 0}, {"failOnErrors": None}, {"FailOnErrors": 0}, {}])
@pytest.mark.parametrize("base", surfaces.BASES)
def test_fail_on_errors_of_zero_is_no_limit(organization, base, limit):
    surfaces.register_types(organization)
    client = surfaces.client(organization, base)
    operations = [
        {"method": "POST", "path": kind.endpoint, "bulkId": f"{kind.endpoint}{number}", "data": data}
        for kind in surfaces.KINDS.values()
        for number, data in enumerate(({}, kind.body(), {}))
    ]
    outcomes = client.post("/Bulk", surfaces.bulk(*operations, **limit)).document["Operations"]
    assert [outcome["status"] for outcome in outcomes] == ["400", "201", "400"] * len(surfaces.KINDS)


def test_cycles_and_unknown_bulk_ids_are_refused(bulk):
    _, outcomes = bulk(
        group("A", "bulkId:b", bulk_id="a"), group("B", "bulkId:a", bulk_id="b"), group("C", "bulkId:x", bulk_id="c")
    )
    assert [outcome["status"] for outcome in outcomes] == ["409", "409", "409"]


def test_chain_of_references_in_reverse_order_is_resolved(bulk):
    chain = [group(f"G{n}", f"bulkId:{n + 1}", bulk_id=str(n)) for n in range(100)]
    _, outcomes = bulk(*chain, group("G100", bulk_id="100"))
    assert {outcome["status"] for outcome in outcomes} == {"201"}


def test_outdated_version_gets_412(bulk, scim):
    made = scim.post("/Users", {"userName": "neo"}).document
    _, outcomes = bulk({"method": "DELETE", "path": f"/Users/{made['id']}", "version": 'W/"7"'})
    assert outcomes[0]["status"] == "412"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"schemas": ["urn:wrong"], "Operations": []}, 400),
        ({"schemas": [BULK]}, 400),
        ({"schemas": [BULK], "Operations": {}}, 400),
        ({"schemas": [BULK], "Operations": [], "failOnErrors": -1}, 400),
        ({"schemas": [BULK], "Operations": [], "failOnErrors": "0"}, 400),
        ({"schemas": [BULK], "Operations": [], "failOnErrors": False}, 400),
        ({"schemas": [BULK], "Operations": [], "failOnErrors": 0.5}, 400),
        ({"schemas": [BULK], "Operations": [{}] * 1001}, 413),
    ],
)
def test_rejects_malformed_request(scim, body, status):
    assert scim.post("/Bulk", body).status_code == status


def test_resource_of_another_organization_is_not_changed(bulk, other_organization):
    stranger = factories.make_user(other_organization)
    _, outcomes = bulk({"method": "DELETE", "path": f"/Users/{stranger.pk}"}, group("Mine", str(stranger.pk)))
    assert [outcome["status"] for outcome in outcomes] == ["404", "201"]
    assert User.objects.filter(pk=stranger.pk).exists()
    assert not Membership.objects.exists()
