"""Organizations: the tenants, with their policies."""

from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from controlhub.models import policies
from controlhub.models.ids import new_id


class OrganizationQuerySet(models.QuerySet["Organization"]):
    def lock(self, organization_id: UUID) -> "Organization":
        """Returns the organization's row, locked. Only for rules that concern the whole organization."""
        return self.select_for_update().get(pk=organization_id)


class Organization(models.Model):
    """A tenant. Every other row belongs to exactly one."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField(db_default=Now())

    retention_days = models.PositiveSmallIntegerField(default=policies.RETENTION_DAYS.default)
    purge_deactivated = models.BooleanField(default=policies.PURGE_DEACTIVATED.default)
    scim_delete = models.CharField(
        max_length=8, choices=policies.ScimDelete.choices, default=policies.SCIM_DELETE.default
    )
    purge_share = models.PositiveSmallIntegerField(default=policies.PURGE_SHARE.default)
    purge_floor = models.PositiveIntegerField(default=policies.PURGE_FLOOR.default)
    erase_after_days = models.PositiveSmallIntegerField(
        default=policies.ERASE_AFTER_DAYS.default, db_default=policies.ERASE_AFTER_DAYS.default
    )
    audit_retention_days = models.PositiveSmallIntegerField(
        default=policies.AUDIT_RETENTION_DAYS.default, db_default=policies.AUDIT_RETENTION_DAYS.default
    )
    audit_hold = models.BooleanField(default=policies.AUDIT_HOLD.default, db_default=policies.AUDIT_HOLD.default)
    hold_reason = models.TextField(default=policies.HOLD_REASON.default)
    revive_on_create = models.BooleanField(default=policies.REVIVE_ON_CREATE.default)
    refused_tolerances = ArrayField(models.TextField(), default=policies.REFUSED_TOLERANCES.default, blank=True)
    unique_group_names = models.BooleanField(default=policies.UNIQUE_GROUP_NAMES.default)
    require_second_factor = models.BooleanField(default=policies.REQUIRE_SECOND_FACTOR.default)
    session_hours = models.PositiveSmallIntegerField(default=policies.SESSION_HOURS.default)
    session_idle_minutes = models.PositiveSmallIntegerField(default=policies.SESSION_IDLE_MINUTES.default)
    allowed_networks = ArrayField(models.TextField(), default=policies.ALLOWED_NETWORKS.default, blank=True)
    nests_groups = models.BooleanField(default=False, help_text="Whether a group has ever been a member of another.")
    catalogue_version = models.PositiveIntegerField(
        default=0, help_text="Counts changes of the organization's own schemas; 0 where it has none."
    )
    secret_attributes = ArrayField(
        models.TextField(),
        default=list,
        help_text="Paths, in lower case, of custom attributes that are never returned.",
    )

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        constraints = [
            *policies.policy_checks(),
            models.CheckConstraint(condition=~models.Q(name=""), name="organization_name"),
        ]

    def __str__(self) -> str:
        return self.name
