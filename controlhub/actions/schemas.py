"""Custom schemas and resource types, which SCIM serves in addition to the standard ones."""

from typing import Any, get_args

from django.db import IntegrityError, transaction
from django.db.models import F, ProtectedError
from django.utils.translation import gettext as _

from audit.actor import Actor
from audit.record import EventContent, Target, record
from audit.vocabulary import AuditAction, TargetType
from controlhub.errors import InvalidSettingError, NameTakenError, SchemaInUseError
from controlhub.models import CustomResourceType, CustomSchema, Organization, Resource, SchemaExtension, ScimResource
from controlhub.text.stored_texts import shown_text
from scim.protocol.definition import parse_resource_type, parse_schema, schema_of, secret_paths
from scim.protocol.errors import ScimError
from scim.protocol.resource_types import built_in_endpoints, require_own

Document = dict[str, Any]
MAX_SCHEMAS = 50
MAX_TYPES = 20


@transaction.atomic
def register_schema(
    organization: Organization, *, definition: Any, extends: str = "", required: bool = False, actor: Actor
) -> CustomSchema:
    """Add a schema, and make it an extension of the resource type `extends` if that is given.

    InvalidSettingError says what is wrong with it. NameTakenError if its URN is already registered.
    """
    try:
        document = parse_schema(definition)
        require_own(document["id"])
    except ScimError as error:
        raise InvalidSettingError(shown_text(error.detail), field="definition") from error
    if CustomSchema.objects.in_organization(organization).count() >= MAX_SCHEMAS:
        raise InvalidSettingError(
            _("An organization can have at most {number} custom schemas.").format(number=MAX_SCHEMAS)
        )
    urn = document["id"]
    schema = CustomSchema(organization=organization, urn=urn, urn_key=urn.lower(), document=document)
    _insert(schema, _("There is already a schema {urn}. Remove it first.").format(urn=urn))
    _catalogue_changed(organization)
    _record(
        AuditAction.SCHEMA_REGISTERED, TargetType.SCHEMA, str(schema.pk), urn, schema.organization_id, document, actor
    )
    if extends:
        extend_resource_type(organization, resource_type=extends, schema=schema, required=required, actor=actor)
    return schema


@transaction.atomic
def extend_resource_type(
    organization: Organization, *, resource_type: str, schema: CustomSchema, required: bool = False, actor: Actor
) -> SchemaExtension:
    """Make a schema an extension of User, Group or a custom type. Later writes must satisfy a required extension."""
    name = _type_name(organization, resource_type)
    if CustomResourceType.objects.in_organization(organization).filter(name=name, schema=schema).exists():
        raise InvalidSettingError(
            _("{urn} is the schema of {name} itself and cannot extend it.").format(urn=schema.urn, name=name)
        )
    extension = SchemaExtension(organization=organization, resource_type=name, schema=schema, required=required)
    _insert(extension, _("{urn} already extends {name}.").format(urn=schema.urn, name=name))
    _catalogue_changed(organization)
    after = {"resourceType": name, "required": required}
    _record(AuditAction.SCHEMA_EXTENDED, TargetType.SCHEMA, str(schema.pk), schema.urn, organization.pk, after, actor)
    return extension


@transaction.atomic
def register_resource_type(organization: Organization, *, definition: Any, actor: Actor) -> CustomResourceType:
    """Add a resource type that uses registered schemas."""
    try:
        document = parse_resource_type(definition)
    except ScimError as error:
        raise InvalidSettingError(shown_text(error.detail), field="definition") from error
    name, endpoint = document["name"], document["endpoint"]
    if _is_built_in(name, endpoint):
        names = ", ".join(built_in_endpoints())
        raise NameTakenError(
            _("The names of built-in types are reserved: {names}. Choose another name and endpoint.").format(
                names=names
            )
        )
    if CustomResourceType.objects.in_organization(organization).count() >= MAX_TYPES:
        raise InvalidSettingError(
            _("An organization can have at most {number} custom resource types.").format(number=MAX_TYPES)
        )
    resource_type = CustomResourceType(
        organization=organization,
        name=name,
        endpoint=endpoint,
        description=document["description"],
        schema=find_schema(organization, document["schema"]),
    )
    _insert(
        resource_type,
        _("There is already a resource type {name} or an endpoint {endpoint}.").format(name=name, endpoint=endpoint),
    )
    for extension in document["schemaExtensions"]:
        extend_resource_type(
            organization,
            resource_type=name,
            schema=find_schema(organization, extension["schema"]),
            required=extension["required"],
            actor=actor,
        )
    _catalogue_changed(organization)
    pk = str(resource_type.pk)
    _record(AuditAction.RESOURCE_TYPE_REGISTERED, TargetType.RESOURCE_TYPE, pk, name, organization.pk, document, actor)
    return resource_type


@transaction.atomic
def remove_schema(schema: CustomSchema, *, actor: Actor) -> None:
    """Remove a schema if no resource has any of its values."""
    pk, urn, organization = str(schema.pk), schema.urn, schema.organization
    for model in get_args(ScimResource):
        if model.objects.in_organization(organization).holding(urn).exists():
            raise SchemaInUseError(_("Some resources have values of {urn}. Remove the values first.").format(urn=urn))
    schema.extensions.all().delete()
    try:
        schema.delete()
    except ProtectedError as error:
        raise SchemaInUseError(
            _("{urn} is the schema of a resource type. Remove the type first.").format(urn=urn)
        ) from error
    _catalogue_changed(organization)
    _record(AuditAction.SCHEMA_REMOVED, TargetType.SCHEMA, pk, urn, organization.pk, {}, actor)


@transaction.atomic
def remove_resource_type(resource_type: CustomResourceType, *, actor: Actor) -> None:
    """Remove a resource type that has no resources."""
    CustomResourceType.objects.select_for_update().get(pk=resource_type.pk)  # waits for a resource that is being added
    pk, name, organization = str(resource_type.pk), resource_type.name, resource_type.organization
    if Resource.objects.filter(organization=organization, resource_type_id=resource_type.pk).exists():
        raise SchemaInUseError(_("There are resources of the type {name}. Delete them first.").format(name=name))
    SchemaExtension.objects.in_organization(organization).filter(resource_type=name).delete()
    resource_type.delete()
    _catalogue_changed(organization)
    _record(AuditAction.RESOURCE_TYPE_REMOVED, TargetType.RESOURCE_TYPE, pk, name, organization.pk, {}, actor)


def find_schema(organization: Organization, urn: str) -> CustomSchema:
    """Returns the organization's schema with this URN, ignoring case. InvalidSettingError if it is not registered."""
    found = CustomSchema.objects.in_organization(organization).filter(urn_key=urn.lower()).first()
    if found is None:
        raise InvalidSettingError(
            _("The schema {urn} is not registered. Register it first.").format(urn=urn), field="schema"
        )
    return found


def find_resource_type(organization: Organization, name: str) -> CustomResourceType:
    """Returns the organization's custom resource type with this name, ignoring case. InvalidSettingError if none."""
    found = CustomResourceType.objects.in_organization(organization).filter(name__iexact=name).first()
    if found is None:
        raise InvalidSettingError(_("There is no custom resource type {name}.").format(name=name), field="name")
    return found


def _is_built_in(name: str, endpoint: str) -> bool:
    known = built_in_endpoints()
    return name.lower() in map(str.lower, known) or endpoint.lower() in map(str.lower, known.values())


def _type_name(organization: Organization, name: str) -> str:
    own = CustomResourceType.objects.in_organization(organization).values_list("name", flat=True)
    for known in (*built_in_endpoints(), *own):
        if known.lower() == name.lower():
            return str(known)
    raise InvalidSettingError(_("There is no resource type {name}.").format(name=name), field="resource_type")


def _insert(row: CustomSchema | CustomResourceType | SchemaExtension, taken: str) -> None:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise NameTakenError(taken) from error


def _catalogue_changed(organization: Organization) -> None:
    """Make all processes rebuild the organization's schema catalogue, which also defines which values the log hides."""
    Organization.objects.lock(organization.pk)  # otherwise one of two concurrent changes would miss the other's secrets
    documents = CustomSchema.objects.in_organization(organization).values_list("document", flat=True)
    secrets = sorted({path for document in documents for path in secret_paths(schema_of(document))})
    Organization.objects.filter(pk=organization.pk).update(
        catalogue_version=F("catalogue_version") + 1, secret_attributes=secrets
    )
    organization.refresh_from_db(fields=["catalogue_version", "secret_attributes"])


def _record(
    action: AuditAction, kind: TargetType, pk: str, label: str, organization_id: Any, after: Document, actor: Actor
) -> None:
    record(action, target=Target(organization_id, kind, pk, label), content=EventContent(after=after), actor=actor)
