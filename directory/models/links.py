"""Which object of an application belongs to which object of the directory, and what still has to be sent."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from controlhub.models import Job
from controlhub.models.ids import new_id
from directory.models.applications import Application
from directory.models.history import ChangedKind


class Link(models.Model):
    """An object of the directory and the object of the application that was created for it, or matched.

    Both sides are unique: an account belongs to one person. `digest` is that of the last document that was sent. A link
    outlives the person or the group, because the object in the application still has to be removed.

    The constraints begin with the id: before the table has statistics, every index that begins with the application
    looks as good as the right one, and a plan may read all links for each person.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    application = models.ForeignKey(Application, models.CASCADE, related_name="links", db_index=False)
    kind = models.CharField(max_length=8, choices=ChangedKind.choices)
    local_id = models.UUIDField()
    remote_id = models.TextField()
    label = models.TextField(default="")
    """The name of the object when it was last sent, for the log after the object is deleted."""
    digest = models.CharField(max_length=64, default="")
    is_active = models.BooleanField(default=True)
    """Whether the object is active in the application, as far as requests have set it."""
    created_at = models.DateTimeField(db_default=Now())
    modified_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["local_id", "application", "kind"], name="link_of_local"),
            models.UniqueConstraint(fields=["remote_id", "application", "kind"], name="link_of_remote"),
        ]
        indexes = [models.Index(fields=["application"], name="link_of_application")]

    def __str__(self) -> str:
        return f"{self.local_id} ↔ {self.remote_id}"


class SentMember(models.Model):
    """A person who was made a member of a group in the application by requests."""

    id = models.BigAutoField(primary_key=True)
    link = models.ForeignKey(Link, models.CASCADE, related_name="members", db_index=False)
    person_id = models.UUIDField()
    remote_id = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["link", "person_id"], name="sent_member")]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.link_id}"


class PlannedPerson(models.Model):
    """A person who becomes active or inactive at the target if a dry run's plan is carried out.

    The members of groups depend on it. Deleted with the last step of the dry run, or soon after a job that was canceled
    or has failed.
    """

    id = models.BigAutoField(primary_key=True)
    job = models.ForeignKey(Job, models.CASCADE, related_name="+", db_index=False)
    person_id = models.UUIDField()
    is_active = models.BooleanField()
    is_new = models.BooleanField()
    """Whether the account does not exist yet."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "person_id"], name="planned_person")]

    def __str__(self) -> str:
        return f"{self.person_id} by {self.job_id}"


class Operation(models.Model):
    """An object that has to be processed for an application: in a cycle, or again after a failure.

    The row is deleted in the transaction that stores the outcome, so nothing is lost if a worker is killed. A cycle
    moves the watermark in the transaction that adds the rows: every change before the watermark is either done or here.
    """

    id = models.BigAutoField(primary_key=True)
    application = models.ForeignKey(Application, models.CASCADE, related_name="operations", db_index=False)
    kind = models.CharField(max_length=8, choices=ChangedKind.choices)
    object_id = models.UUIDField()
    removes = models.BooleanField(default=False)
    """Whether the object is active in the application and has to be deactivated or deleted there."""
    is_late = models.BooleanField(default=False)
    """Whether it waits for a reference: the object that it refers to was not in the application yet."""
    is_begun = models.BooleanField(default=False)
    """Whether requests about it may have been sent. Then it is looked up before anything is created."""
    attempts = models.PositiveIntegerField(default=0)
    try_at = models.DateTimeField(db_default=Now())
    error = models.TextField(default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["application", "kind", "object_id"], name="operation_object")]
        indexes = [
            models.Index(fields=["application", "kind", "id"], name="operation_turn"),
            models.Index(fields=["application", "id"], name="operation_removal", condition=Q(removes=True)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"
