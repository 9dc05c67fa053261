"""A built-in resource type without its own table needs only one file: its definition."""

import shutil
from pathlib import Path
from urllib.parse import quote

import pytest

from audit.models import AuditEvent
from controlhub.actions import schemas
from controlhub.actions.resources import create_resource
from controlhub.errors import InvalidSettingError, NameTakenError
from controlhub.models import CustomResourceType, Resource
from controlhub.sql.proof import StaleTokenError
from scim.protocol import resource_types
from scim.protocol.errors import InvalidValue
from scim.protocol.resource_types import load_types
from scim.protocol.schemas import DEFINITIONS
from scim.resources import catalogue
from scim.resources.rules import RULES
from tests import factories, surfaces
from tests.conftest import ScimClient

PHONE = "urn:example:scim:schemas:core:2.0:Phone"
FILE = Path(__file__).parent / "definitions" / "Phone.json"
CACHED = (resource_types.built_in_types, resource_types.built_in_urns, catalogue.standard)


@pytest.fixture
def phones(tmp_path, monkeypatch):
    """The folder of definitions with an additional file."""
    folder = shutil.copytree(DEFINITIONS, tmp_path / "definitions")
    shutil.copy(FILE, folder)
    with monkeypatch.context() as patched:
        patched.setattr(resource_types, "DEFINITIONS", folder)
        for cached in CACHED:
            cached.cache_clear()
        yield
    for cached in CACHED:
        cached.cache_clear()


def phone(serial, **more):
    return {"schemas": [PHONE], "serialNumber": serial, **more}


def test_discovery_announces_the_type(scim, phones):
    served = scim.get("/ResourceTypes/Phone").document
    assert (served["endpoint"], served["schema"], served["schemaExtensions"]) == ("/Phones", PHONE, [])
    schema = scim.get(f"/Schemas/{PHONE}").document
    assert [attribute["name"] for attribute in schema["attributes"]][:2] == ["displayName", "serialNumber"]
    assert "resourceType" not in schema
    assert {"/Phones", "/Phones/{id}", "/Phones/.search"} <= set(scim.get("/openapi.json").document["paths"])


def test_resources_can_be_added_read_found_changed_and_deleted(scim, phones):
    body = phone("A1", displayName="Lobby", externalId="x-1", lines=[{"value": "100", "primary": True}])
    added = scim.post("/Phones", body)
    assert (added.status_code, added.document["meta"]["resourceType"]) == (201, "Phone")
    path = f"/Phones/{added.document['id']}"
    scim.post("/Phones", phone("B2", displayName="Kitchen"))
    assert scim.get(path).document == added.document
    for text in ('serialNumber eq "A1"', 'externalId eq "x-1"', "lines[primary eq true]", 'displayName sw "lob"'):
        found = scim.get(f"/Phones?filter={quote(text)}").document
        assert [one["id"] for one in found["Resources"]] == [added.document["id"]], text
    listed = scim.get("/Phones?sortBy=displayName").document
    assert [one["displayName"] for one in listed["Resources"]] == ["Kitchen", "Lobby"]
    assert listed["totalResults"] == 2

    changed = scim.patch(path, {"op": "add", "path": "lines", "value": [{"value": "101"}]}).document
    assert [line["value"] for line in changed["lines"]] == ["100", "101"]
    put = scim.put(path, phone("A2"), HTTP_IF_MATCH=changed["meta"]["version"]).document
    assert (put["serialNumber"], "lines" in put) == ("A2", False)
    assert scim.delete(path).status_code == 204
    assert scim.get(path).status_code == 404
    assert scim.get("/Phones").document["totalResults"] == 1


def test_rules_of_the_definition_apply(scim, phones):
    assert scim.post("/Phones", {"schemas": [PHONE], "displayName": "Lobby"}).status_code == 400
    scim.post("/Phones", phone("A1"))
    assert scim.post("/Phones", phone("A1")).document["scimType"] == "uniqueness"


def test_special_rules_are_checked_before_each_change(scim, phones, monkeypatch):
    def refuse_move(document, before, _context):
        if before and document["serialNumber"] != before["serialNumber"]:
            raise InvalidValue("'serialNumber' of a Phone cannot be changed.")

    monkeypatch.setitem(RULES, "Phone", refuse_move)
    path = f"/Phones/{scim.post('/Phones', phone('A1')).document['id']}"
    assert scim.put(path, phone("A2")).status_code == 400
    assert scim.patch(path, {"op": "replace", "path": "serialNumber", "value": "A2"}).status_code == 400
    assert scim.put(path, phone("A1", displayName="Lobby")).status_code == 200


def test_each_change_is_recorded_without_secrets(scim, phones):
    path = f"/Phones/{scim.post('/Phones', phone('A1', displayName='Lobby', activationCode='4711')).document['id']}"
    scim.patch(path, {"op": "replace", "path": "activationCode", "value": "4712"})
    scim.delete(path)
    events = list(AuditEvent.objects.filter(target_type="Phone").order_by("created_at", "id"))
    assert [event.action for event in events] == ["resource.created", "resource.updated", "resource.deleted"]
    assert {event.target_label for event in events} == {"Lobby"}
    codes = [change for event in events for change in event.changes if change["attribute"] == "activationCode"]
    assert [(code["old"], code["new"]) for code in codes] == [
        (None, "[redacted]"),
        ("[redacted]", "[redacted]"),
        ("[redacted]", None),
    ]


def test_bulk_and_queries_over_all_types_include_the_type(scim, phones):
    operation = {"method": "POST", "path": "/Phones", "bulkId": "1", "data": phone("A1")}
    answer = scim.post("/Bulk", surfaces.bulk(operation)).document
    assert answer["Operations"][0]["status"] == "201"
    assert [one["meta"]["resourceType"] for one in scim.get("/").document["Resources"]] == ["Phone"]


def test_each_organization_has_its_own_resources(scim, phones, other_organization):
    path = f"/Phones/{scim.post('/Phones', phone('A1')).document['id']}"
    _, secret = factories.make_token(other_organization)
    other = ScimClient(other_organization, secret)
    assert other.get(path).status_code == 404
    assert other.delete(path).status_code == 404
    assert other.get("/Phones").document["totalResults"] == 0
    assert other.post("/Phones", phone("A1")).status_code == 201


def test_organization_cannot_register_a_built_in_type(phones, organization):
    surfaces.register_types(organization)
    for definition in (
        {"name": "phone", "endpoint": "/Telephones", "schema": surfaces.DEVICE},
        {"name": "Telephone", "endpoint": "/phones", "schema": surfaces.DEVICE},
    ):
        with pytest.raises(NameTakenError, match="User, Group, Phone"):
            schemas.register_resource_type(organization, definition=definition, actor=factories.COMMAND)
    definition = {"id": PHONE, "attributes": [{"name": "serial", "type": "string"}]}
    with pytest.raises(InvalidSettingError, match="built-in"):
        schemas.register_schema(organization, definition=definition, actor=factories.COMMAND)


def test_organization_can_extend_the_type(scim, phones, organization):
    text = {"id": surfaces.LABEL, "attributes": [{"name": "colour", "type": "string"}]}
    schemas.register_schema(organization, definition=text, extends="Phone", actor=factories.COMMAND)
    body = phone("A1", **{surfaces.LABEL: {"colour": "red"}})
    body["schemas"].append(surfaces.LABEL)
    assert scim.post("/Phones", body).document[surfaces.LABEL] == {"colour": "red"}
    assert scim.post("/Phones", phone("B2")).status_code == 201


def test_type_registered_before_keeps_its_name_and_resources(scim, organization, request):
    surfaces.register_types(organization)
    definition = {"name": "Phone", "endpoint": "/Phones", "schema": surfaces.DEVICE}
    schemas.register_resource_type(organization, definition=definition, actor=factories.COMMAND)
    path = f"/Phones/{scim.post('/Phones', {'schemas': [surfaces.DEVICE], 'serial': 'A1'}).document['id']}"
    request.getfixturevalue("phones")
    schemas.register_schema(
        organization, definition={"id": "urn:example:x", "attributes": [{"name": "x"}]}, actor=factories.COMMAND
    )
    assert scim.get(path).document["serial"] == "A1"
    assert scim.get("/ResourceTypes/Phone").document["schema"] == surfaces.DEVICE
    assert PHONE not in {schema["id"] for schema in scim.get("/Schemas").document["Resources"]}


def test_extension_of_a_definition_can_be_required(tmp_path):
    extension = '{"id": "urn:x:Label", "name": "Label", "description": "", "attributes": []}'
    (tmp_path / "Label.json").write_text(extension)
    declared = (
        '"resourceType": {"endpoint": "/Lamps", "schemaExtensions": [{"schema": "urn:x:Label", "required": true}]}'
    )
    lamp = f'{{"id": "urn:x:Lamp", "name": "Lamp", "description": "", "attributes": [], {declared}}}'
    (tmp_path / "Lamp.json").write_text(lamp)
    [found] = load_types(tmp_path)
    assert (found.name, found.endpoint, found.is_built_in) == ("Lamp", "/Lamps", True)
    assert found.schema.required_extensions == {"urn:x:Label"}
    assert [schema.name for schema in found.schema.extensions] == ["Label"]


@pytest.mark.parametrize("endpoint", ["/Bulk", "Lamps", "/Lamps/More"])
def test_invalid_definition_prevents_the_start(tmp_path, endpoint):
    declared = f'"resourceType": {{"endpoint": "{endpoint}"}}'
    text = f'{{"id": "urn:x:Lamp", "name": "Lamp", "description": "", "attributes": [], {declared}}}'
    (tmp_path / "Lamp.json").write_text(text)
    with pytest.raises(InvalidValue):
        load_types(tmp_path)


def test_ids_of_types_never_change():
    """The IDs are stored with each resource."""
    [found] = load_types(FILE.parent)
    assert str(found.id) == "670da442-f40f-5229-994d-c6cccf11ccf2"


def test_names_and_endpoints_match_the_catalogue(phones):
    served = {handler.name: handler.endpoint for handler in catalogue.standard().handlers}
    assert served == resource_types.built_in_endpoints()


def test_resource_of_a_removed_type_cannot_be_added(organization):
    surfaces.register_types(organization)
    [handler] = [one for one in catalogue.catalogue_of(organization).handlers if one.name == "Device"]
    schemas.remove_resource_type(CustomResourceType.objects.get(), actor=factories.COMMAND)
    with pytest.raises(StaleTokenError):
        create_resource(organization, handler.resource_type, document={"serial": "A1"}, actor=factories.COMMAND)
    assert not Resource.objects.exists()
