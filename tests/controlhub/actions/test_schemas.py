"""Schemas and types of an organization: invalid definitions, and attributes whose values the log must not contain."""

import threading

import pytest
from django.db import connection, transaction

from audit.models import AuditEvent
from controlhub.actions import schemas
from controlhub.actions.resources import create_resource
from controlhub.actions.schemas import (
    extend_resource_type,
    find_resource_type,
    find_schema,
    register_resource_type,
    register_schema,
    remove_resource_type,
    remove_schema,
)
from controlhub.errors import InvalidSettingError, NameTakenError, SchemaInUseError
from controlhub.models import CustomResourceType, CustomSchema, Organization, Resource, SchemaExtension
from scim.resources.catalogue import catalogue_of
from tests import factories, surfaces
from tests.servers import wait_for


def schema(name, **secret):
    secret = {"type": "string", "returned": "never", **secret}
    attributes = [{"name": "open", "type": "string"}, {"name": "Secret", **secret}]
    return {"id": f"urn:example:{name}", "attributes": attributes}


def secrets_of(organization):
    return Organization.objects.get(pk=organization.pk).secret_attributes


CODES = {
    "type": "complex",
    "returned": "default",
    "multiValued": True,
    "subAttributes": [{"name": "value", "type": "string", "returned": "never"}, {"name": "type", "type": "string"}],
}


@pytest.mark.django_db
def test_secret_attributes_follow_the_schema(organization):
    first = register_schema(organization, definition=schema("First"), actor=factories.COMMAND)
    register_schema(organization, definition=schema("Second", **CODES), actor=factories.COMMAND)
    assert secrets_of(organization) == ["urn:example:first:secret", "urn:example:second:secret.value"]
    remove_schema(first, actor=factories.COMMAND)
    assert secrets_of(organization) == ["urn:example:second:secret.value"]


def is_somebody_waiting():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0] > 0


@pytest.mark.django_db(transaction=True)
def test_concurrent_schemas_both_keep_their_secret_attributes(organization):
    def second():
        register_schema(organization, definition=schema("Second"), actor=factories.COMMAND)
        connection.close()

    thread = threading.Thread(target=second)
    with transaction.atomic():
        register_schema(organization, definition=schema("First"), actor=factories.COMMAND)
        thread.start()
        wait_for(is_somebody_waiting)
    thread.join()
    assert CustomSchema.objects.count() == 2
    assert secrets_of(organization) == ["urn:example:first:secret", "urn:example:second:secret"]


@pytest.mark.django_db(transaction=True)
def test_type_is_not_removed_while_a_resource_is_being_added(organization):
    surfaces.register_types(organization)
    [handler] = [one for one in catalogue_of(organization).handlers if one.name == "Device"]
    refused = []

    def second():
        try:
            remove_resource_type(CustomResourceType.objects.get(), actor=factories.COMMAND)
        except SchemaInUseError as error:
            refused.append(error)
        connection.close()

    thread = threading.Thread(target=second)
    with transaction.atomic():
        document = {"serial": "A1"}
        create_resource(organization, handler.resource_type, document=document, actor=factories.COMMAND)
        thread.start()
        wait_for(is_somebody_waiting)
    thread.join()
    assert (len(refused), Resource.objects.count(), CustomResourceType.objects.count()) == (1, 1, 1)


def catalogue_rows():
    """The number of schemas, types, extensions and events."""
    models = (CustomSchema, CustomResourceType, SchemaExtension, AuditEvent)
    return [model.objects.count() for model in models]


@pytest.fixture
def types(organization):
    surfaces.register_types(organization)
    return organization


def device(name, endpoint, core=surfaces.DEVICE, *extensions):
    extended = [{"schema": urn, "required": False} for urn in extensions]
    return {"name": name, "endpoint": endpoint, "schema": core, "schemaExtensions": extended}


def register_type(organization, definition):
    return register_resource_type(organization, definition=definition, actor=factories.COMMAND)


def extend(organization, urn, name):
    schema = find_schema(organization, urn)
    return extend_resource_type(organization, resource_type=name, schema=schema, actor=factories.COMMAND)


REFUSED = {
    "schema again": (
        lambda o: register_schema(
            o,
            definition={"id": surfaces.DEVICE.replace("Device", "DEVICE"), "attributes": [{"name": "a"}]},
            actor=factories.COMMAND,
        ),
        NameTakenError,
        "There is already a schema urn:example:.*:DEVICE",
    ),
    "type again": (lambda o: register_type(o, device("Device", "/Other")), NameTakenError, "resource type Device"),
    "endpoint again": (lambda o: register_type(o, device("Other", "/Devices")), NameTakenError, "endpoint /Devices"),
    "extension again": (lambda o: extend(o, surfaces.LABEL, "device"), NameTakenError, "already extends Device"),
    "extension by its own schema": (
        lambda o: extend(o, surfaces.DEVICE, "Device"),
        InvalidSettingError,
        "is the schema of Device itself",
    ),
    "type over an unknown schema": (
        lambda o: register_type(o, device("Other", "/Others", "urn:example:Unknown")),
        InvalidSettingError,
        "urn:example:Unknown is not registered",
    ),
    "type with an unknown extension": (
        lambda o: register_type(o, device("Other", "/Others", surfaces.DEVICE, "urn:example:Unknown")),
        InvalidSettingError,
        "urn:example:Unknown is not registered",
    ),
    "removal of an unknown type": (
        lambda o: remove_resource_type(find_resource_type(o, "Other"), actor=factories.COMMAND),
        InvalidSettingError,
        "no custom resource type Other",
    ),
}


@pytest.mark.parametrize(("act", "error", "message"), REFUSED.values(), ids=REFUSED)
def test_refusal_states_the_reason_and_changes_nothing(types, act, error, message):
    before = catalogue_rows()
    with pytest.raises(error, match=message):
        act(types)
    assert catalogue_rows() == before
    assert Organization.objects.get(pk=types.pk).catalogue_version == types.catalogue_version


def test_number_of_schemas_and_types_is_limited(types, other_organization, monkeypatch):
    monkeypatch.setattr(schemas, "MAX_SCHEMAS", 2)
    monkeypatch.setattr(schemas, "MAX_TYPES", 1)
    before = catalogue_rows()
    with pytest.raises(InvalidSettingError, match="at most 2 custom schemas"):
        register_schema(types, definition=schema("Third"), actor=factories.COMMAND)
    with pytest.raises(InvalidSettingError, match="at most 1 custom resource types"):
        register_type(types, device("Other", "/Others"))
    assert catalogue_rows() == before
    surfaces.register_types(other_organization)
    remove_resource_type(CustomResourceType.objects.in_organization(types).get(), actor=factories.COMMAND)
    register_type(types, device("Other", "/Others"))
