"""What the log must not tell of an organization's own attributes: known from the moment a schema is."""

import threading

import pytest
from django.db import connection, transaction

from controlhub.actions.resources import create_resource
from controlhub.actions.schemas import register_schema, remove_resource_type, remove_schema
from controlhub.errors import SchemaInUseError
from controlhub.models import CustomResourceType, CustomSchema, Organization, Resource
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
def test_secrets_come_and_go_with_the_schema(organization):
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
def test_two_schemas_at_once_know_of_each_other(organization):
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
def test_type_is_not_removed_while_a_resource_is_added(organization):
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
