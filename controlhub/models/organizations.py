"""Organizations: the tenants, with their policies."""

from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from controlhub.models.ids import new_id


class ScimDelete(models.TextChoices):
    """What a SCIM DELETE of a user means here."""

    PURGE = "purge", "Remove for good, at once"
    SOFT = "soft", "Delete, recoverable until the retention ends"


class OrganizationQuerySet(models.QuerySet["Organization"]):
    def lock(self, organization_id: UUID) -> "Organization":
        """The organization's row, locked: only where a rule of the whole organization is at stake."""
        return self.select_for_update().get(pk=organization_id)


class Organization(models.Model):
    """A tenant. Everything else belongs to exactly one."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField(db_default=Now())

    retention_days = models.PositiveSmallIntegerField(
        default=30, help_text="Days for which an Inactive user can be recovered."
    )
    purge_deactivated = models.BooleanField(
        default=True, help_text="Purge users who were only deactivated too, not just deleted ones."
    )
    scim_delete = models.CharField(
        max_length=8, choices=ScimDelete.choices, default=ScimDelete.PURGE, help_text="What a SCIM DELETE means."
    )
    purge_share = models.PositiveSmallIntegerField(
        default=5, help_text="Per cent of the users that may be purged in a day before an administrator is asked."
    )
    purge_floor = models.PositiveIntegerField(
        default=50, help_text="Users that may be purged in a day in any case, however small the share."
    )
    hold_reason = models.TextField(default="", help_text="Why nobody is purged here at all; empty: no hold.")
    revive_on_create = models.BooleanField(
        default=True, help_text="A SCIM POST that meets an Inactive user with that userName revives it (otherwise 409)."
    )
    refused_tolerances = ArrayField(
        models.TextField(), default=list, blank=True, help_text="Deviations from the standard that SCIM refuses here."
    )
    unique_group_names = models.BooleanField(
        default=False, help_text="Refuse a group whose displayName another group has (409)."
    )
    nests_groups = models.BooleanField(default=False, help_text="Whether a group has ever been a member of another.")
    catalogue_version = models.PositiveIntegerField(
        default=0, help_text="Counts changes of the organization's own schemas; 0 where it has none."
    )
    secret_attributes = ArrayField(
        models.TextField(), default=list, help_text="Paths, in lower case, of own attributes that nobody is told."
    )

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(retention_days__range=(1, 365)), name="organization_retention_days"
            ),
            models.CheckConstraint(condition=models.Q(purge_share__range=(1, 100)), name="organization_purge_share"),
            models.CheckConstraint(condition=~models.Q(name=""), name="organization_name"),
        ]

    def __str__(self) -> str:
        return self.name
