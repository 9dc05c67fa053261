"""What remains of permanently deleted users, and why they were deleted."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from controlhub.models.documents import ScopedQuerySet
from controlhub.models.organizations import Organization
from controlhub.text.languages import in_english


class Cause(models.TextChoices):
    """Why a user was permanently deleted."""

    RETENTION = "retention", _("The retention period has ended")
    SCIM = "scim", "SCIM DELETE"
    ADMIN = "admin", _("Deleted permanently by an administrator")

    @property
    def recorded(self) -> str:
        """The label in English, as it is in audit events and receipts."""
        return in_english(self.label)


class PurgedUser(models.Model):
    """A permanently deleted user: times and counts, no personal data. The purge's statement writes it.

    `removed_before` is the number of visible users that the organization had lost before this one.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+", db_index=False)
    created_at = models.DateTimeField()
    inactive_since = models.DateTimeField(null=True)
    purged_at = models.DateTimeField(db_default=Now())
    cause = models.CharField(max_length=16, choices=Cause.choices)
    tokens_revoked = models.IntegerField(default=0)
    sessions_ended = models.IntegerField(default=0)
    groups_left = models.IntegerField(default=0)
    removed_before = models.BigIntegerField(default=0, editable=False)
    erased_at = models.DateTimeField(null=True)
    """When the remaining personal data was erased, None if it was not."""

    objects = ScopedQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["organization", "-purged_at"], name="purged_user_newest"),
            models.Index(
                fields=["organization", "purged_at"], name="purged_user_kept", condition=Q(erased_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
