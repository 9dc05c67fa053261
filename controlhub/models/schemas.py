"""An organization's own definitions: schemas, resource types, and the resources of those types."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from controlhub.models.documents import DocumentField, DocumentQuerySet, ScopedQuerySet
from controlhub.models.expressions import DOCUMENT_SIZE, MOMENTS, stored
from controlhub.models.ids import NextOrdinal, new_id
from controlhub.models.organizations import Organization


class CustomSchema(models.Model):
    """An organization's own schema. `document` is what `/Schemas` serves."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="schemas", db_index=False)
    urn = models.TextField()
    urn_key = models.TextField(db_collation="C")
    document = models.JSONField()
    created_at = models.DateTimeField(db_default=Now())

    objects = ScopedQuerySet["CustomSchema"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "urn_key"], name="custom_schema_urn")]

    def __str__(self) -> str:
        return self.urn


class CustomResourceType(models.Model):
    """An organization's own resource type, served at `endpoint`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="resource_types", db_index=False)
    name = models.TextField()
    endpoint = models.TextField()
    description = models.TextField(default="")
    schema = models.ForeignKey(CustomSchema, models.PROTECT, related_name="resource_types")
    created_at = models.DateTimeField(db_default=Now())

    objects = ScopedQuerySet["CustomResourceType"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("organization", models.functions.Lower("name"), name="custom_type_name"),
            models.UniqueConstraint("organization", models.functions.Lower("endpoint"), name="custom_type_endpoint"),
        ]

    def __str__(self) -> str:
        return self.name


class SchemaExtension(models.Model):
    """An organization's schema that extends a resource type: User, Group, or one of its own."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="schema_extensions", db_index=False)
    resource_type = models.TextField()
    schema = models.ForeignKey(CustomSchema, models.PROTECT, related_name="extensions")
    required = models.BooleanField(default=False)

    objects = ScopedQuerySet["SchemaExtension"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "resource_type", "schema"], name="schema_extension_once")
        ]

    def __str__(self) -> str:
        return f"{self.schema_id} of {self.resource_type}"


class Resource(models.Model):
    """A resource whose type has no table of its own. `document` is its SCIM representation without `id` and `meta`.

    `resource_type_id` is that of a `CustomResourceType`, or of a built-in type, which has no row.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="resources", db_index=False)
    resource_type_id = models.UUIDField()
    document = DocumentField()
    external_id = models.TextField(null=True)  # noqa: DJ001 — absent is not the empty string
    ordinal = models.BigIntegerField(db_default=NextOrdinal(), editable=False)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    modified_at = models.DateTimeField(db_default=Now())
    moments = stored(MOMENTS)
    document_size = stored(DOCUMENT_SIZE)

    locked_at: datetime  # only after `read_row()`

    objects = DocumentQuerySet["Resource"].as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["organization", "resource_type_id", "ordinal"], name="resource_page"),
            models.Index(
                fields=["organization", "resource_type_id", "external_id"],
                name="resource_external_id",
                condition=Q(external_id__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class UniqueValue(models.Model):
    """A value that no other resource of the same type in the organization may have (`uniqueness: server`).

    Values that are `set_aside` belong to a resource that was deleted through SCIM and may be restored. Meanwhile, other
    resources can have them.
    """

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+", db_index=False)
    set_aside = models.BooleanField(db_default=False)
    resource_type = models.TextField()
    attribute = models.TextField()
    key = models.TextField(db_collation="C")
    resource_id = models.UUIDField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "resource_type", "attribute", "key"],
                name="unique_value_once",
                condition=Q(set_aside=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.attribute}: {self.key}"
