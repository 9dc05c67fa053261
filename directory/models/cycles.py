"""The state of an application's provisioning, and its cycles."""

from uuid import UUID

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from controlhub.models.documents import ScopedQuerySet
from controlhub.models.ids import new_id
from directory.models.applications import Application


class CycleKind(models.TextChoices):
    INITIAL = "initial", _("Initial")
    INCREMENTAL = "incremental", _("Incremental")


class CycleState(models.TextChoices):
    RUNNING = "running", _("Running")
    WAITING = "waiting", _("Waiting for a decision")
    DONE = "done", _("Completed")
    STOPPED = "stopped", _("Stopped")


class Phase(models.TextChoices):
    """The phases in the order of a cycle. Only linked objects can be removed, so removals are counted first."""

    COUNT = "count", _("Counting removals")
    REMOVE = "remove", _("Removing")
    USERS = "users", _("Users")
    GROUPS = "groups", _("Groups")
    REFERENCES = "references", _("References")


class Guard(models.TextChoices):
    """The decision about a cycle that would deactivate or delete many objects."""

    NONE = "", _("Not needed")
    WAITING = "waiting", _("Waiting for a decision")
    ALLOWED = "allowed", _("Allowed")
    REJECTED = "rejected", _("Rejected")


class GuardReason(models.TextChoices):
    THRESHOLD = "threshold", _("More removals than the accidental deletion threshold")
    SHARE = "share", _("More than half of the provisioned objects would be removed")


class Quarantine(models.TextChoices):
    """Why an application is rarely retried, with Entra's names of the reasons."""

    NONE = "", _("Not in quarantine")
    CREDENTIALS = "EncounteredQuarantineException", _("The application refuses the credentials")
    FAILURES = "EncounteredEscrowProportionThreshold", _("Too many objects failed")
    ON_DEMAND = "QuarantineOnDemand", _("Paused by an administrator")


class SyncState(models.Model):
    """What the next cycle of an application begins with. Only `directory.engine` writes it.

    `watermark` is pg_snapshot_xmin of the snapshot in which the last cycle read the changes (decision 0103); it is
    valid only in the PostgreSQL cluster whose identifier is `cluster`, and for the configuration number `configured`.
    None requires an initial cycle. `next_at` is when the next cycle may begin, `try_at` when the running one may send
    its next request: in the future after `Retry-After` and while the application does not respond.
    """

    application = models.OneToOneField(Application, models.CASCADE, primary_key=True, related_name="sync_state")
    organization_id = models.UUIDField()
    watermark = models.BigIntegerField(null=True)
    cluster = models.TextField(default="")
    configured = models.PositiveIntegerField(default=0)
    checks_target = models.BooleanField(default=False)
    """Whether the next initial cycle also reads objects at the target whose values have not changed here."""

    is_asked = models.BooleanField(db_default=False)
    """Whether an administrator has asked for a cycle that has not begun; in manual mode, no other cycle begins."""
    next_at = models.DateTimeField(db_default=Now())
    try_at = models.DateTimeField(db_default=Now())
    claim = models.UUIDField(null=True)
    """The worker that runs the cycle, until `claimed_until`. A later claim replaces it."""
    claimed_until = models.DateTimeField(db_default=Now())
    turn_at = models.DateTimeField(db_default=Now())
    """When the application had its last turn; the one that has waited longest is next."""

    quarantine = models.CharField(max_length=40, choices=Quarantine.choices, default=Quarantine.NONE, blank=True)
    quarantined_at = models.DateTimeField(null=True)
    quarantine_tries = models.PositiveIntegerField(default=0)
    quarantine_details = models.JSONField(default=dict)
    """`count`, `threshold` and the failing request: `method`, `path`, `status`, `answer`."""
    unreachable_since = models.DateTimeField(null=True)
    last_error = models.JSONField(default=dict)
    """The last request that ended a turn: `method`, `path`, `status`, `answer`, `code`."""
    totals = models.JSONField(default=dict)
    """Objects by action since provisioning was started."""

    objects = ScopedQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["turn_at"], name="sync_state_turn")]

    def __str__(self) -> str:
        return f"{self.application_id}"

    @property
    def is_unreachable(self) -> bool:
        return self.unreachable_since is not None


class Cycle(models.Model):
    """One cycle of an application. The objects that it still has to process are rows of `Operation`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    application = models.ForeignKey(Application, models.CASCADE, related_name="cycles", db_index=False)
    organization_id = models.UUIDField()
    kind = models.CharField(max_length=16, choices=CycleKind.choices)
    state = models.CharField(max_length=16, choices=CycleState.choices, default=CycleState.RUNNING)
    phase = models.CharField(max_length=16, choices=Phase.choices, default=Phase.COUNT)
    guard = models.CharField(max_length=16, choices=Guard.choices, default=Guard.NONE, blank=True)
    guard_reason = models.CharField(max_length=16, choices=GuardReason.choices, default="", blank=True)
    decided_by = models.TextField(default="")
    checks_target = models.BooleanField(default=False)
    known = models.JSONField(default=dict)
    """The values of the users' matching attributes, by path, if there were few users when an initial cycle began.

    An object with another value is created without being looked up before.
    """
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    removals = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)
    """Objects by action and status, such as `{"create": {"success": 3}}`."""
    cursor = models.BigIntegerField(default=0)
    """The number of the operation after which the counting of removals continues."""
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["application"], name="cycle_one_open", condition=Q(state__in=["running", "waiting"])
            )
        ]
        indexes = [models.Index(fields=["application", "-started_at"], name="cycle_newest")]

    def __str__(self) -> str:
        pk: UUID = self.pk
        return str(pk)

    @property
    def failures(self) -> int:
        """The number of objects that have failed so far."""
        return sum(by_status.get("failure", 0) for by_status in self.counts.values())

    @property
    def changes(self) -> int:
        """The number of objects that the cycle has changed in the application so far."""
        return sum(self._carried_out(action) for action in self.counts if action != "other")

    @property
    def percent(self) -> int:
        """The progress of an open cycle in percent, less than 100 as long as it is open."""
        return min(99, self.done * 100 // self.total) if self.total else 0

    @property
    def created(self) -> int:
        return self._carried_out("create")

    @property
    def updated(self) -> int:
        return self._carried_out("update")

    @property
    def disabled(self) -> int:
        return self._carried_out("disable")

    @property
    def deleted(self) -> int:
        return self._carried_out("delete")

    @property
    def skipped(self) -> int:
        return sum(by_status.get("skipped", 0) for by_status in self.counts.values())

    def _carried_out(self, action: str) -> int:
        """The number of objects for which the action was carried out."""
        by_status = self.counts.get(action, {})
        return int(by_status.get("success", 0) + by_status.get("warning", 0))
