"""The changes in a directory, for the cycles that provision it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ChangedKind(models.TextChoices):
    PERSON = "person", _("User")
    GROUP = "group", _("Group")
    MEMBERS = "members", _("Members of a group")


class Change(models.Model):
    """A person or a group that a transaction changed: its attributes, its memberships or its assignments.

    A row of the kind `members` has the id of a group: its members, including those of nested groups, may have become
    assigned to an application, or no longer are.

    Triggers write these rows (docs/database.md), so no writer can forget them. `transaction_id` is the transaction's
    number in PostgreSQL. A cycle reads the changes since the oldest transaction that was running when the previous
    cycle took its snapshot: a transaction that commits late is not missed, and no clock is involved. There are no
    constraints, because the rows outlive what they are about.
    """

    id = models.BigAutoField(primary_key=True)
    organization_id = models.UUIDField()
    kind = models.CharField(max_length=8, choices=ChangedKind.choices)
    object_id = models.UUIDField()
    transaction_id = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["organization_id", "transaction_id"], name="directory_change_since")]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"
