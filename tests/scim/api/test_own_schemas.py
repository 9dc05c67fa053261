"""Custom schemas and resource types of an organization: one engine serves, stores, checks, filters and patches them."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from audit.models import AuditEvent
from controlhub.actions.schemas import register_schema
from controlhub.errors import InvalidSettingError
from tests import factories
from tests.conftest import ScimClient

BADGE = "urn:example:scim:schemas:2.0:Badge"
DEVICE = "urn:example:scim:schemas:2.0:Device"
WARRANTY = "urn:example:scim:schemas:extension:2.0:Warranty"
BADGE_SCHEMA = {
    "id": BADGE,
    "name": "Badge",
    "description": "The card that opens doors",
    "attributes": [
        {"name": "number", "type": "string", "uniqueness": "server", "required": True},
        {"name": "issued", "type": "dateTime", "mutability": "immutable"},
        {"name": "pin", "type": "string", "mutability": "writeOnly", "returned": "never"},
        {"name": "colour", "type": "string", "returned": "request", "canonicalValues": ["red", "green"]},
        {
            "name": "doors",
            "type": "complex",
            "multiValued": True,
            "subAttributes": [
                {"name": "value", "type": "string", "required": True},
                {"name": "type", "type": "string"},
                {"name": "level", "type": "integer"},
            ],
        },
    ],
}
DEVICE_SCHEMA = {
    "id": DEVICE,
    "attributes": [
        {"name": "serial", "type": "string", "caseExact": True, "uniqueness": "server", "required": True},
        {"name": "model", "type": "string"},
        {"name": "weight", "type": "decimal"},
        {"name": "ports", "type": "integer", "multiValued": True},
    ],
}
WARRANTY_SCHEMA = {"id": WARRANTY, "attributes": [{"name": "until", "type": "dateTime", "required": True}]}
DEVICES = {
    "name": "Device",
    "endpoint": "/Devices",
    "description": "Phones and rooms",
    "schema": DEVICE,
    "schemaExtensions": [{"schema": WARRANTY, "required": True}],
}


def command(name, *arguments, body=None, monkeypatch=None):
    if body is not None:
        monkeypatch.setattr("sys.stdin", StringIO(json.dumps(body)))
    out = StringIO()
    call_command(name, *arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


@pytest.fixture
def badges(organization, monkeypatch):
    command(
        "register_schema",
        str(organization.pk),
        "-",
        "--extends",
        "user",
        body=BADGE_SCHEMA,
        monkeypatch=monkeypatch,
    )


@pytest.fixture
def devices(organization, monkeypatch):
    for schema in (DEVICE_SCHEMA, WARRANTY_SCHEMA):
        command("register_schema", str(organization.pk), "-", body=schema, monkeypatch=monkeypatch)
    command("register_resource_type", str(organization.pk), "-", body=DEVICES, monkeypatch=monkeypatch)


def device(serial, **more):
    return {
        "schemas": [DEVICE, WARRANTY],
        "serial": serial,
        WARRANTY: {"until": "2030-01-01T00:00:00Z"},
        **more,
    }


def neo(**badge):
    return {"userName": "neo@example.com", BADGE: {"number": "A-1", **badge}}


def test_extension_is_announced_stored_and_returned_by_its_rules(scim, badges):
    announced = {document["id"]: document for document in scim.get("/Schemas").document["Resources"]}
    assert [attribute["name"] for attribute in announced[BADGE]["attributes"]] == [
        attribute["name"] for attribute in BADGE_SCHEMA["attributes"]
    ]
    assert {"schema": BADGE, "required": False} in scim.get("/ResourceTypes/User").document["schemaExtensions"]

    made = scim.post("/Users", neo(pin="1234", colour="red", doors=[{"value": "lab", "level": 2}])).document
    assert BADGE in made["schemas"]
    assert made[BADGE] == {"number": "A-1", "doors": [{"value": "lab", "level": 2}]}
    path = f"/Users/{made['id']}"
    assert scim.get(path).document[BADGE] == made[BADGE]
    assert scim.get(f"{path}?attributes={BADGE}:colour").document[BADGE] == {"colour": "red"}
    assert scim.get(f"{path}?attributes={BADGE}:pin").document.get(BADGE) is None
    listed = scim.get("/Users").document["Resources"][0]
    assert listed[BADGE] == made[BADGE]


def test_log_contains_no_secret(scim, badges):
    """Only that it was set and changed, whatever happens to the user, including Bulk."""
    user = scim.post("/Users", neo(pin="4711-first")).document["id"]
    scim.patch(f"/Users/{user}", {"op": "replace", "path": f"{BADGE}:pin", "value": "4711-second"})
    scim.delete(f"/Users/{user}")
    operation = {"method": "POST", "path": "/Users", "bulkId": "1", "data": neo(pin="4711-third")}
    scim.post("/Bulk", {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [operation]})
    told = [
        (event.action, change["old"], change["new"])
        for event in AuditEvent.objects.order_by("created_at", "id")
        for change in event.changes
        if change["attribute"] == f"{BADGE}:pin"
    ]
    assert told == [
        ("user.created", None, "[redacted]"),
        ("user.updated", "[redacted]", "[redacted]"),
        ("user.purged", "[redacted]", None),
        ("user.created", None, "[redacted]"),
    ]
    assert "4711" not in json.dumps([[event.changes, event.details] for event in AuditEvent.objects.all()])


def test_log_contains_no_secret_of_a_custom_type(scim, organization, monkeypatch):
    """Attributes in its documents have no URN, and none of them identifies the resource."""
    key = "urn:example:scim:schemas:2.0:Key"
    attributes = [{"name": "name", "type": "string", "returned": "never"}, {"name": "title", "type": "string"}]
    command(
        "register_schema",
        str(organization.pk),
        "-",
        body={"id": key, "attributes": attributes},
        monkeypatch=monkeypatch,
    )
    kind = {"name": "Key", "endpoint": "/Keys", "schema": key}
    command("register_resource_type", str(organization.pk), "-", body=kind, monkeypatch=monkeypatch)
    made = scim.post("/Keys", {"schemas": [key], "name": "4711", "title": "Front door"}).document["id"]
    user = scim.post("/Users", {"userName": "neo@example.com", "name": {"familyName": "Anderson"}}).document["id"]
    event = AuditEvent.objects.get(target_id=made)
    assert event.target_label == made
    assert {change["attribute"]: change["new"] for change in event.changes if change["attribute"] != "schemas"} == {
        "name": "[redacted]",
        "title": "Front door",
    }
    told = {change["attribute"]: change["new"] for change in AuditEvent.objects.get(target_id=user).changes}
    assert told["name.familyName"] == "Anderson", "another attribute of that name"


@pytest.mark.parametrize(
    ("body", "scim_type"),
    [
        ({"number": None, "issued": "2026-01-01T00:00:00Z"}, "invalidValue"),
        ({"number": 5.5, "issued": "yesterday"}, "invalidValue"),
        ({"doors": [{"type": "work"}]}, "invalidValue"),
        ({"doors": [{"value": "lab", "level": "two"}]}, "invalidValue"),
    ],
)
def test_values_are_validated(scim, badges, body, scim_type):
    answer = scim.post("/Users", neo(**body))
    assert (answer.status_code, answer.document["scimType"]) == (400, scim_type)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (f'{BADGE}:number eq "a-1"', 1),
        (f'{BADGE}:doors[value eq "LAB" and level gt 1]', 1),
        (f'{BADGE}:doors[value eq "lab" and level gt 2]', 0),
        (f'{BADGE}:issued gt "2020-01-01T00:00:00Z"', 1),
        (f"{BADGE}:doors.level eq 2", 1),
        (f"not ({BADGE}:colour pr)", 1),
    ],
)
def test_extension_attributes_can_be_filtered(scim, badges, text, count):
    scim.post("/Users", neo(issued="2026-01-01T00:00:00Z", doors=[{"value": "lab", "level": 2}]))
    assert scim.get(f"/Users?filter={text}").document["totalResults"] == count


def test_immutable_and_unique_values_are_protected(scim, badges):
    made = scim.post("/Users", neo(issued="2026-01-01T00:00:00Z")).document
    path = f"/Users/{made['id']}"
    later = {"op": "replace", "path": f"{BADGE}:issued", "value": "2027-01-01T00:00:00Z"}
    answer = scim.patch(path, later)
    assert (answer.status_code, answer.document["scimType"]) == (400, "mutability")
    assert scim.put(path, neo(issued="2027-01-01T00:00:00Z")).document["scimType"] == "mutability"
    assert scim.put(path, neo(issued="2026-01-01T00:00:00Z")).status_code == 200

    other = {"userName": "trinity@example.com", BADGE: {"number": "a-1"}}
    answer = scim.post("/Users", other)
    assert (answer.status_code, answer.document["scimType"]) == (409, "uniqueness")
    assert scim.get('/Users?filter=userName eq "trinity@example.com"').document["totalResults"] == 0
    scim.patch(path, {"op": "replace", "path": f"{BADGE}:number", "value": "A-2"})
    assert scim.post("/Users", other).status_code == 201
    scim.delete(path)
    assert scim.post("/Users", {"userName": "neo@example.com", BADGE: {"number": "A-2"}}).status_code == 201


def test_custom_type_supports_all_operations(scim, devices):
    kinds = {kind["name"]: kind for kind in scim.get("/ResourceTypes").document["Resources"]}
    assert kinds["Device"]["endpoint"] == "/Devices"
    assert kinds["Device"]["schemaExtensions"] == [{"schema": WARRANTY, "required": True}]
    made = scim.post("/Devices", device("S1", model="Desk Pro", weight=11.5, ports=[1, 2]))
    assert made.status_code == 201
    assert made["Location"] == made.document["meta"]["location"]
    assert made.document["meta"]["resourceType"] == "Device"
    path = f"/Devices/{made.document['id']}"
    assert scim.get(path).document == made.document
    patched = scim.patch(path, {"op": "add", "path": "ports", "value": [3]}, **{"If-Match": made["ETag"]})
    assert patched.document["ports"] == [1, 2, 3]
    assert (
        scim.patch(path, {"op": "add", "path": "model", "value": "x"}, **{"If-Match": made["ETag"]}).status_code == 412
    )
    replaced = scim.put(path, device("S1", externalId="x-1"))
    assert "model" not in replaced.document
    assert scim.get('/Devices?filter=externalId eq "x-1"').document["totalResults"] == 1
    assert scim.get(path, **{"If-None-Match": replaced["ETag"]}).status_code == 304
    assert scim.post("/Devices/.search", {"filter": 'serial eq "s1"'}).document["totalResults"] == 0
    bulk = scim.post(
        "/Bulk",
        {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
            "Operations": [
                {"method": "POST", "path": "/Devices", "bulkId": "a", "data": device("S2")},
                {"method": "DELETE", "path": path},
            ],
        },
    )
    assert [outcome["status"] for outcome in bulk.document["Operations"]] == ["201", "204"]
    assert scim.get(path).status_code == 404
    actions = set(AuditEvent.objects.values_list("action", flat=True))
    assert {"resource.created", "resource.updated", "resource.deleted", "schema.registered"} <= actions


def test_required_and_unique_attributes_of_a_custom_type_are_checked(scim, devices):
    for wrong in ({**device("S1"), "serial": ""}, {"serial": "S1"}, {**device("S1"), WARRANTY: {}}):
        assert scim.post("/Devices", wrong).document["scimType"] == "invalidValue"
    assert scim.post("/Devices", device("S1")).status_code == 201
    assert scim.post("/Devices", device("S1")).document["scimType"] == "uniqueness"
    assert scim.post("/Devices", device("s1")).status_code == 201, "serial is caseExact"


def test_custom_resources_can_be_sorted_and_paged(scim, devices):
    made = [scim.post("/Devices", device(f"S{weight}", weight=weight)).document["id"] for weight in (3, 10, 2)]
    by_weight = scim.get("/Devices?sortBy=weight&count=2").document
    assert [found["weight"] for found in by_weight["Resources"]] == [2, 3]
    assert by_weight["totalResults"] == 3
    first = scim.get("/Devices?cursor&count=2").document
    rest = scim.get(f"/Devices?count=2&cursor={first['nextCursor']}").document
    assert [found["id"] for page in (first, rest) for found in page["Resources"]] == made
    assert scim.get('/?filter=meta.resourceType eq "Device"').document["totalResults"] == 3


def test_custom_schemas_are_unknown_to_other_organizations(scim, devices, badges, other_organization):
    made = scim.post("/Devices", device("S1")).document["id"]
    _, secret = factories.make_token(other_organization)
    other = ScimClient(other_organization, secret)
    assert other.get("/Devices").status_code == 404
    assert other.get(f"/Devices/{made}").status_code == 404
    assert other.get(f"/Schemas/{BADGE}").status_code == 404
    assert BADGE not in other.post("/Users", neo()).document


def test_only_unused_schemas_and_types_can_be_removed(scim, organization, badges, devices):
    tenant = str(organization.pk)
    user = scim.post("/Users", neo()).document["id"]
    made = scim.post("/Devices", device("S1")).document["id"]
    for name, what in (("remove_schema", BADGE), ("remove_schema", DEVICE), ("remove_resource_type", "Device")):
        with pytest.raises(CommandError):
            command(name, tenant, what)
    scim.delete(f"/Devices/{made}")
    command("remove_resource_type", tenant, "device")
    assert scim.get("/Devices").status_code == 404
    scim.patch(f"/Users/{user}", {"op": "remove", "path": BADGE})
    command("remove_schema", tenant, BADGE)
    assert scim.get(f"/Schemas/{BADGE}").status_code == 404
    command("remove_schema", tenant, DEVICE)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": "badge"}, "URN"),
        ({"id": "urn:ietf:params:scim:schemas:core:2.0:User"}, "your own URN"),
        ({"id": "urn:x'; DROP TABLE:y"}, "URN"),
        ({"attributes": []}, "at least one"),
        ({"attributes": [{"name": "id"}]}, "all resources"),
        ({"attributes": [{"name": "a"}, {"name": "A"}]}, "twice"),
        ({"attributes": [{"name": "a' b"}]}, "name"),
        ({"attributes": [{"name": "a", "type": "text"}]}, "type"),
        ({"attributes": [{"name": "a", "type": "complex"}]}, "subAttributes"),
        ({"attributes": [{"name": "a", "multiValued": "yes"}]}, "multiValued"),
        ({"attributes": [{"name": "a", "multiValued": True, "uniqueness": "server"}]}, "unique"),
        ({"attributes": [{"name": "a", "required": True, "mutability": "readOnly"}]}, "both required and readOnly"),
        ({"attributes": [{"name": "a", "mutability": "writeOnly"}]}, "never"),
        ({"attributes": [{"name": f"a{index}"} for index in range(201)]}, "at most"),
        (
            {
                "attributes": [
                    {
                        "name": "a",
                        "type": "complex",
                        "subAttributes": [{"name": "b", "type": "complex", "subAttributes": [{"name": "c"}]}],
                    }
                ]
            },
            "complex",
        ),
    ],
)
def test_rejects_malformed_definitions(organization, change, said):
    with pytest.raises(InvalidSettingError, match=said):
        register_schema(organization, definition={**BADGE_SCHEMA, **change}, actor=factories.COMMAND)
    organization.refresh_from_db()
    assert organization.catalogue_version == 0
