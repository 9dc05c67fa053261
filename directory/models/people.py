"""The people of an organization's directory."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Self

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from controlhub.models import Organization
from controlhub.models.documents import ScopedQuerySet
from controlhub.models.expressions import sort_key, stored
from controlhub.models.ids import new_id
from directory.models.expressions import PARTS_OF_PERSON

RETENTION = timedelta(days=30)
"""A deleted person can be restored for this long, as in Entra."""
COLUMNS: Mapping[str, str] = {
    "displayName": "display_name",
    "givenName": "given_name",
    "surname": "surname",
    "accountEnabled": "account_enabled",
}
"""Attributes that are columns, with their columns. The user principal name and the manager are columns, too."""


class PersonQuerySet(ScopedQuerySet["Person"]):
    def current(self) -> Self:
        """People who are not deleted."""
        return self.filter(deleted_at=None)

    def deleted(self) -> Self:
        """People in *Deleted users*, who can be restored."""
        return self.exclude(deleted_at=None)


class Person(models.Model):
    """A user of the directory. The id is what Entra calls the objectId; it is never reused.

    `attributes` has the other attributes by their names in Entra, such as "department" (see
    `directory.provisioning.attributes`), and custom ones; values are strings, numbers, booleans or lists of strings,
    and attributes without a value are left out. `display_name`, `given_name` and `surname` are columns, not in
    `attributes`. `deleted_at` is set while the person is in *Deleted users*: `user_principal_name` is then the
    tombstone name, and `original_upn` the name that is restored.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="directory_people", db_index=False)
    user_principal_name = models.TextField()
    upn_key = models.TextField(db_collation="C")
    display_name = models.TextField(default="")
    given_name = models.TextField(default="")
    surname = models.TextField(default="")
    attributes = models.JSONField(default=dict)
    account_enabled = models.BooleanField(default=True)
    manager = models.ForeignKey("self", models.SET_NULL, related_name="reports", null=True, db_index=False)
    deleted_at = models.DateTimeField(null=True)
    original_upn = models.TextField(default="")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    modified_at = models.DateTimeField(db_default=Now())
    name_key = stored(sort_key("display_name"))

    objects = PersonQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "upn_key"], name="person_upn"),
        ]
        indexes = [
            models.Index(fields=["organization", "name_key", "id"], name="person_name", condition=Q(deleted_at=None)),
            models.Index(
                fields=["organization", "modified_at", "id"], name="person_changed", condition=Q(deleted_at=None)
            ),
            models.Index(fields=["organization", "created_at", "id"], name="person_created"),
            models.Index(
                fields=["organization", "deleted_at", "id"],
                name="person_deleted",
                condition=Q(deleted_at__isnull=False),
            ),
            models.Index(fields=["manager"], name="person_manager", condition=Q(manager__isnull=False)),
            GinIndex(PARTS_OF_PERSON, fastupdate=True, gin_pending_list_limit=256, name="person_parts_of_names"),
        ]

    def __str__(self) -> str:
        return self.display_name or self.user_principal_name

    @property
    def values(self) -> dict[str, Any]:
        """The attributes by their names in Entra; the manager is an id. Attributes without a value are left out."""
        columns = {name: getattr(self, column) for name, column in COLUMNS.items()}
        values = {"userPrincipalName": self.user_principal_name, **columns, **self.attributes}
        if self.manager_id:
            values["manager"] = str(self.manager_id)
        return {name: value for name, value in values.items() if value != ""}

    @property
    def source(self) -> dict[str, Any]:
        """The values for filters and mappings, including those that the directory sets, but not those of a cycle."""
        return {**self.values, "objectId": str(self.pk), "createdDateTime": self.created_at.isoformat()}

    @property
    def purged_at(self) -> datetime | None:
        """When the person will be permanently deleted; None if they are not deleted."""
        return self.deleted_at + RETENTION if self.deleted_at else None

    @property
    def shown_upn(self) -> str:
        """The user principal name to show: the original one while the person is deleted."""
        return self.original_upn or self.user_principal_name
