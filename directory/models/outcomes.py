"""The provisioning log: what happened to each object, in the terms of Entra's log."""

from typing import Self

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from controlhub.models.documents import ScopedQuerySet
from controlhub.models.ids import new_id
from directory.models.applications import Application
from directory.models.history import ChangedKind


class OutcomeAction(models.TextChoices):
    CREATE = "create", _("Create")
    UPDATE = "update", _("Update")
    DELETE = "delete", _("Delete")
    DISABLE = "disable", _("Disable")
    STAGED_DELETE = "staged_delete", _("StagedDelete")
    OTHER = "other", _("Other")


class OutcomeStatus(models.TextChoices):
    SUCCESS = "success", _("Success")
    FAILURE = "failure", _("Failure")
    SKIPPED = "skipped", _("Skipped")
    WARNING = "warning", _("Warning")


class OutcomeQuerySet(ScopedQuerySet["Outcome"]):
    def in_organization(self, organization: models.Model) -> Self:
        """Rows have the organization's id, but no foreign key to it."""
        return self.filter(organization_id=organization.pk)

    def newest_first(self) -> Self:
        return self.order_by("-at", "-id")

    def of_application(self, application: Application) -> Self:
        return self.filter(application=application)


class Outcome(models.Model):
    """The result of one attempt for one object. The id is Entra's change ID. Kept for 30 days.

    `steps` are Entra's: a list of `{"step": "import" | "match" | "scope" | "evaluate" | "provision", "status": …,
    "details": {…}}`. `modified` are the properties, `[{"name": …, "old": …, "new": …}]`. `code` is one of Entra's error
    codes or reasons to skip; `details` has the values for its text. Only the application has a foreign key: rows
    outlive what they are about, but not the application.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization_id = models.UUIDField()
    application = models.ForeignKey(Application, models.CASCADE, related_name="outcomes", db_index=False)
    cycle_id = models.UUIDField(null=True)
    """None for provisioning on demand."""
    kind = models.CharField(max_length=8, choices=ChangedKind.choices)
    object_id = models.UUIDField()
    remote_id = models.TextField(default="")
    identity = models.TextField(default="")
    action = models.CharField(max_length=16, choices=OutcomeAction.choices)
    status = models.CharField(max_length=16, choices=OutcomeStatus.choices)
    code = models.TextField(default="")
    details = models.JSONField(default=dict)
    steps = models.JSONField(default=list)
    modified = models.JSONField(default=list)
    milliseconds = models.PositiveIntegerField(default=0)
    at = models.DateTimeField(db_default=Now())

    objects = OutcomeQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["organization_id", "-at", "-id"], name="outcome_newest"),
            models.Index(fields=["application", "-at", "-id"], name="outcome_of_application"),
            models.Index(fields=["application", "status", "-at"], name="outcome_status"),
            models.Index(fields=["cycle_id", "object_id"], name="outcome_cycle"),
            models.Index(fields=["object_id", "-at"], name="outcome_object"),
            models.Index(fields=["at"], name="outcome_age"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.identity}: {self.status}"
