"""The log: plain ids, no foreign keys, so that an event outlives what it tells of."""

from uuid import UUID

from django.db import models
from django.db.models.functions import Now
from uuid_utils.compat import uuid7


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    def in_organization(self, organization: models.Model) -> "AuditEventQuerySet":
        return self.filter(organization_id=organization.pk)

    def about(self, target_id: UUID) -> "AuditEventQuerySet":
        return self.filter(target_id=str(target_id))

    def newest_first(self) -> "AuditEventQuerySet":
        return self.order_by("-created_at", "-id")


class AuditEvent(models.Model):
    """One change, recorded in the transaction that made it. The database refuses to change or remove it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization_id = models.UUIDField()
    created_at = models.DateTimeField(db_default=Now())
    service = models.CharField(max_length=32)
    category = models.CharField(max_length=32)
    action = models.CharField(max_length=48)
    activity = models.CharField(max_length=64)
    result = models.CharField(max_length=16, default="success")
    reason = models.TextField(default="")
    actor_kind = models.CharField(max_length=16)
    actor_id = models.TextField(default="")
    actor_label = models.TextField(default="")
    actor_address = models.GenericIPAddressField(null=True)
    user_agent = models.TextField(default="")
    request_id = models.CharField(max_length=64, default="")
    target_type = models.CharField(max_length=32)
    target_id = models.TextField(default="")
    target_label = models.TextField(default="")
    version = models.SmallIntegerField(db_default=1)
    """The format of `changes` (audit.changes). Events of version 1 were written before there were several."""
    changes = models.JSONField(default=list)
    details = models.JSONField(default=dict)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["organization_id", "-created_at", "-id"], name="audit_newest"),
            models.Index(fields=["organization_id", "target_id", "-created_at"], name="audit_target"),
        ]

    def __str__(self) -> str:
        return f"{self.activity}: {self.target_label}"


class AuditSeal(models.Model):
    """The place of one event in its organization's gapless sequence, with the event's digest.

    Written by the sealing job, never by those who record, so that recording takes no lock.
    """

    event_id = models.UUIDField(primary_key=True)
    organization_id = models.UUIDField()
    sequence = models.BigIntegerField()
    digest = models.BinaryField(max_length=32)
    sealed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization_id", "sequence"], name="audit_seal_sequence")]

    def __str__(self) -> str:
        return f"{self.organization_id} #{self.sequence}"
