"""Regression tests for the findings of a review of the engine."""

import base64

import pytest

from controlhub.models import User
from tests import factories
from tests.scim.api.test_own_schemas import BADGE, badges, device, devices  # noqa: F401

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
HAIR = "ö" * 1_300  # larger than an index entry, but within the limit of characters


def refused(response, scim_type, status=400):
    assert (response.status_code, response.document.get("scimType")) == (status, scim_type), response.document


# --- Secrets ------------------------------------------------------------------------------------------


def test_attributes_never_returned_cannot_be_sorted_by_or_filtered(scim, badges):  # noqa: F811
    scim.post("/Users", {"userName": "neo@example.com", BADGE: {"number": "1", "pin": "4711"}})
    refused(scim.get(f"/Users?sortBy={BADGE}:pin&cursor=&count=1"), "invalidValue")
    refused(scim.get(f'/Users?filter={BADGE}:pin sw "4"'), "invalidFilter")


def test_cursor_reveals_no_value(scim):
    for name in ("alice@example.com", "bob@example.com"):
        scim.post("/Users", {"userName": name})
    cursor = scim.get("/Users?sortBy=userName&cursor=&count=1").document["nextCursor"]
    sealed = cursor.partition(".")[2]
    assert b"alice" not in base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
    changed = ("A" if cursor[40] != "A" else "B").join((cursor[:40], cursor[41:]))
    for wrong in (changed, cursor[:-4], "é", "A" * 9_000):
        refused(scim.get(f"/Users?sortBy=userName&cursor={wrong}&count=1"), "invalidCursor")


def test_long_values_can_be_paged_by_cursor(scim):
    for index in range(3):
        scim.post("/Users", {"userName": f"u{index}", "title": "x" * 15_000 + str(index)})
    cursor, seen = "", []
    while True:
        page = scim.get(f"/Users?sortBy=title&cursor={cursor}&count=1").document
        seen += [user["userName"] for user in page["Resources"]]
        cursor = page.get("nextCursor")
        if not cursor:
            break
    assert sorted(seen) == ["u0", "u1", "u2"]


# --- Limited work and values --------------------------------------------------------------------------


def test_attribute_has_at_most_a_thousand_values(scim):
    many = [{"type": "work", "display": str(index)} for index in range(1_001)]
    refused(scim.post("/Users", {"userName": "neo", "addresses": many}), "invalidValue")
    user = scim.post("/Users", {"userName": "neo"}).document["id"]
    addresses = [{"value": f"{index}@example.com"} for index in range(1_000)]
    assert scim.patch(f"/Users/{user}", {"op": "add", "path": "emails", "value": addresses}).status_code == 200
    assert scim.patch(f"/Users/{user}", {"op": "remove", "path": "emails", "value": addresses}).status_code == 200
    refused(
        scim.patch(f"/Users/{user}", {"op": "remove", "path": "emails", "value": [*addresses, {"value": "x"}]}),
        "invalidValue",
    )


@pytest.mark.parametrize("body", [{"externalId": HAIR}, {"emails": [{"value": f"{HAIR}@example.com"}]}])
def test_value_too_long_for_an_index_is_refused(scim, body):
    refused(scim.post("/Users", {"userName": "neo", **body}), "invalidValue")
    user = scim.post("/Users", {"userName": "neo"}).document["id"]
    refused(scim.put(f"/Users/{user}", {"userName": "neo", **body}), "invalidValue")


def test_value_too_long_for_an_index_is_refused_in_groups_and_custom_types(scim, devices, badges):  # noqa: F811
    refused(scim.post("/Groups", {"displayName": "Crew", "externalId": HAIR}), "invalidValue")
    refused(scim.post("/Devices", {**device("1"), "externalId": HAIR}), "invalidValue")
    refused(scim.post("/Users", {"userName": "neo", BADGE: {"number": HAIR}}), "invalidValue")


@pytest.mark.parametrize("moment", ["2026-01-31T12:00:00+16:00", "2026-01-31T12:00:00." + "1" * 200 + "Z"])
def test_unsupported_dates_are_rejected(scim, badges, moment):  # noqa: F811
    refused(scim.post("/Users", {"userName": "neo", BADGE: {"number": "1", "issued": moment}}), "invalidValue")


# --- Requests that used to cause a 500 ----------------------------------------------------------------


def test_unsupported_filters_are_refused(scim):
    scim.post("/Users", {"userName": "neo"})
    for text in ('meta.created co "2026-01-31T12:00:00Z"', f"active eq {'1' * 5_000}", 'meta[resourceType eq "User"]'):
        refused(scim.get(f"/Users?filter={text}"), "invalidFilter")


def test_too_many_parameters_are_refused(scim):
    assert scim.get("/Users?" + "&".join(f"a{index}=1" for index in range(1_100))).status_code == 400


def test_member_named_twice_in_one_value_is_added_once(scim):
    user = scim.post("/Users", {"userName": "neo"}).document["id"]
    group = scim.post("/Groups", {"displayName": "Crew"}).document["id"]
    value = {"members": [{"value": user}], "urn:ietf:params:scim:schemas:core:2.0:Group:members": [{"value": user}]}
    assert scim.patch(f"/Groups/{group}", {"op": "add", "value": value}).status_code in {200, 204}
    assert [member["value"] for member in scim.get(f"/Groups/{group}").document["members"]] == [user]


# --- PATCH of members ---------------------------------------------------------------------------------


@pytest.fixture
def crew(scim):
    ids = [scim.post("/Users", {"userName": name}).document["id"] for name in ("a", "b", "c")]
    members = [{"value": ids[0]}, {"value": ids[2]}]
    return scim.post("/Groups", {"displayName": "Crew", "members": members}).document["id"], ids


def members_of(scim, group):
    return {member["value"] for member in scim.get(f"/Groups/{group}").document.get("members", [])}


def test_member_is_replaced(scim, crew):
    group, (a, b, c) = crew
    exchange = {"op": "replace", "path": f'members[value eq "{a}"]', "value": [{"value": b}]}
    assert scim.patch(f"/Groups/{group}", exchange).status_code == 200
    assert members_of(scim, group) == {b, c}
    refused(scim.patch(f"/Groups/{group}", exchange), "noTarget")


def test_filters_that_select_no_member_are_refused(scim, crew):
    group, (a, b, c) = crew
    for operation, scim_type in (
        ({"op": "add", "path": f'members[foo eq "{a}"]', "value": [{"value": b}]}, "invalidPath"),
        ({"op": "add", "path": f'members[value eq "{a}"]', "value": [{"value": b}]}, "invalidPath"),
        ({"op": "remove", "path": f'members[not (value eq "{a}")]'}, "invalidFilter"),
        ({"op": "remove", "path": f'members[value eq "{a}"]', "value": [{"value": c}]}, "invalidValue"),
    ):
        refused(scim.patch(f"/Groups/{group}", operation), scim_type)
    assert members_of(scim, group) == {a, c}


# --- PATCH of values ----------------------------------------------------------------------------------


def patched(scim, body, *operations):
    user = scim.post("/Users", {"userName": "neo", **body}).document["id"]
    answer = scim.patch(f"/Users/{user}", *operations)
    assert answer.status_code == 200, answer.document
    return answer.document


EMAILS = [{"value": "a", "type": "work"}, {"value": "b", "type": "home"}]


def test_one_primary_and_no_duplicates_with_any_path(scim):
    emails = patched(scim, {"emails": EMAILS}, {"op": "replace", "path": "emails.primary", "value": True})["emails"]
    assert [email.get("primary") for email in emails].count(True) == 1
    same = [{"value": "a", "type": "work"}, {"value": "b", "type": "work"}]
    user = scim.post("/Users", {"userName": "trinity", "emails": same}).document["id"]
    answer = scim.patch(f"/Users/{user}", {"op": "replace", "path": "emails.value", "value": "z"})
    assert answer.document["emails"] == [{"value": "z", "type": "work"}]


def test_only_selected_parts_are_removed(scim):
    roles = [{"value": "x", "type": "t"}, {"display": "Admin"}]
    removal = {"op": "remove", "path": 'roles[value eq "x"].type'}
    assert patched(scim, {"roles": roles}, removal)["roles"] == [{"value": "x"}, {"display": "Admin"}]
    user = scim.post("/Users", {"userName": "trinity", "emails": EMAILS}).document["id"]
    assert "emails" not in scim.patch(f"/Users/{user}", {"op": "remove", "path": "emails.value"}).document


def test_only_the_element_with_the_given_type_is_removed(scim):
    emails = [{"value": "a", "type": "work"}, {"value": "a", "type": "home"}]
    removal = {"op": "remove", "path": "emails", "value": [{"value": "a", "type": "work"}]}
    assert patched(scim, {"emails": emails}, removal)["emails"] == [{"value": "a", "type": "home"}]


ENTERPRISE = factories.ENTERPRISE


def test_new_manager_does_not_keep_the_name_of_the_old_one(scim):
    body = {ENTERPRISE: {"manager": {"value": "A", "displayName": "Ann"}}}
    for operation in (
        {"op": "replace", "path": f"{ENTERPRISE}:manager", "value": {"value": "B"}},
        {"op": "replace", "path": f"{ENTERPRISE}:manager.value", "value": "B"},
    ):
        user = scim.post("/Users", {"userName": f"neo{operation['path'][-5:]}", **body}).document["id"]
        assert scim.patch(f"/Users/{user}", operation).document[ENTERPRISE]["manager"] == {"value": "B"}


def test_empty_manager_is_removed(scim):
    body = {ENTERPRISE: {"manager": {"value": "A"}, "department": "IT"}}
    removal = {"op": "replace", "path": f"{ENTERPRISE}:manager", "value": ""}
    assert patched(scim, body, removal)[ENTERPRISE] == {"department": "IT"}


# --- Filters ------------------------------------------------------------------------------------------


def test_missing_value_equals_null_in_every_type(scim):
    scim.post("/Users", {"userName": "neo"})
    scim.post("/Groups", {"displayName": "Crew"})
    for text, found in (("userName ne null", ["User"]), ("userName eq null", ["Group"])):
        resources = scim.get(f"?filter={text}").document["Resources"]
        assert [resource["meta"]["resourceType"] for resource in resources] == found


def test_leading_and_trailing_spaces_in_filters_are_significant(scim):
    for name in ("john smith", "johnson"):
        scim.post("/Users", {"userName": name})
    for text, found in (
        ('sw "john "', ["john smith"]),
        ('co " "', ["john smith"]),
        ('sw "John"', ["john smith", "johnson"]),
    ):
        resources = scim.get(f"/Users?filter=userName {text}").document["Resources"]
        assert sorted(resource["userName"] for resource in resources) == found


# --- Bulk ---------------------------------------------------------------------------------------------


BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


def bulk(scim, *operations, **more):
    body = {"schemas": [BULK], "Operations": list(operations), **more}
    return scim.post("/Bulk", body).document["Operations"]


def create(name, bulk_id=None):
    return {
        "method": "POST",
        "path": "/Users",
        "bulkId": bulk_id or name,
        "data": {"schemas": [CORE], "userName": name},
    }


def test_operations_before_the_error_are_processed(scim):
    outcomes = bulk(scim, create("a"), {"method": "BAD"}, create("b"), {"method": "BAD"}, failOnErrors=1)
    assert [outcome["status"] for outcome in outcomes] == ["201", "400"]
    assert not User.objects.filter(user_name="b").exists()


def test_failed_operation_has_a_location(scim):
    missing = "/Users/00000000-0000-0000-0000-000000000000"
    (outcome,) = bulk(scim, {"method": "DELETE", "path": missing})
    assert outcome["status"] == "404"
    assert outcome["location"].endswith(missing)


def test_duplicate_bulk_id_is_refused(scim):
    assert [outcome["status"] for outcome in bulk(scim, create("a", "x"), create("b", "x"))] == ["201", "400"]
