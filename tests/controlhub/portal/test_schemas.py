"""The Schemas page: registering and removing schemas and types, and what SCIM accepts."""

import json

from controlhub.models import CustomResourceType, CustomSchema, Organization
from scim.protocol.leniency import Tolerance
from tests import pages
from tests.scim.api.test_own_schemas import BADGE, BADGE_SCHEMA, DEVICE_SCHEMA, DEVICES, WARRANTY_SCHEMA


def register(portal, definition, **more):
    return portal.post("/schemas/register/", {"definition": json.dumps(definition), **more})


def test_page_without_schemas_shows_empty_states_and_defaults(portal):
    page = pages.read(portal.get("/schemas/"))
    assert "No custom schemas" in page.text
    assert "No custom resource types" in page.text
    assert page.form("/schemas/policies/").fields["tolerated"] == list(Tolerance), "everything is tolerated at first"


def test_schema_is_registered_served_and_removed(portal, scim):
    assert register(portal, BADGE_SCHEMA, extends="User", required="on").status_code == 302
    assert {"schema": BADGE, "required": True} in scim.get("/ResourceTypes/User").document["schemaExtensions"]
    page = portal.get("/schemas/").content.decode()
    assert "User (required)" in page
    schema = CustomSchema.objects.get()
    assert "Remove schema" in portal.get(f"/schemas/{schema.pk}/remove/").content.decode()
    assert portal.post(f"/schemas/{schema.pk}/remove/").status_code == 302
    assert scim.get(f"/Schemas/{BADGE}").status_code == 404


def test_resource_type_is_registered_served_and_removed(portal, scim):
    for schema in (DEVICE_SCHEMA, WARRANTY_SCHEMA):
        register(portal, schema)
    assert portal.post("/schemas/types/register/", {"definition": json.dumps(DEVICES)}).status_code == 302
    assert scim.get("/Devices").status_code == 200
    kind = CustomResourceType.objects.get()
    device_schema = CustomSchema.objects.get(urn=DEVICE_SCHEMA["id"])
    refused = portal.post(f"/schemas/{device_schema.pk}/remove/")
    assert refused.status_code == 409
    assert "Remove the type first" in refused.content.decode()
    assert portal.post(f"/schemas/types/{kind.pk}/remove/").status_code == 302
    assert scim.get("/Devices").status_code == 404


def test_error_is_explained_and_the_input_kept(portal):
    page = portal.post("/schemas/register/", {"definition": "{nonsense"})
    assert page.status_code == 422
    assert "This is not valid JSON" in page.content.decode()
    page = register(portal, {"id": "urn:x:y", "attributes": []})
    assert page.status_code == 409
    assert "at least one attribute" in page.content.decode()
    assert "urn:x:y" in page.content.decode()
    assert register(portal, BADGE_SCHEMA, extends="Nothing").status_code == 409
    assert not CustomSchema.objects.exists(), "half of it would be worse than none"


def test_policies_are_saved(portal, organization):
    portal.post("/schemas/policies/", {"tolerated": ["operation-case"], "unique_group_names": "on"})
    changed = Organization.objects.get(pk=organization.pk)
    assert "operation-case" not in changed.refused_tolerances
    assert "boolean-as-string" in changed.refused_tolerances
    assert changed.unique_group_names
    assert changed.revive_on_create, "that policy is on the Organization page"
    assert portal.post("/schemas/policies/", {"tolerated": ["root"]}).status_code == 422


def test_schema_of_another_organization_is_not_found(portal, other_organization):
    from controlhub.actions.schemas import register_schema
    from tests import factories

    schema = register_schema(other_organization, definition=BADGE_SCHEMA, actor=factories.COMMAND)
    assert portal.post(f"/schemas/{schema.pk}/remove/").status_code == 404
