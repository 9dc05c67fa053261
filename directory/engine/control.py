"""How administrators control the cycles of an application, and the progress that its pages show.

Turning provisioning on and off is an action of the directory (`directory.actions`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from audit.actor import Actor
from audit.record import EventContent, Target, record
from audit.vocabulary import AuditAction, TargetType
from controlhub.database.clock import database_now
from controlhub.errors import InvalidSettingError
from controlhub.models import Organization
from directory.engine.cycles import open_cycle, retry_at_once
from directory.engine.troubles import LONGEST_QUARANTINE
from directory.models import (
    Application,
    Cycle,
    CycleState,
    Guard,
    Link,
    Operation,
    Outcome,
    Phase,
    Quarantine,
    SyncState,
)


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of an application's provisioning. Times that do not apply are None.

    `cycle` is the open cycle, `percent` and `eta` are its progress; `last` is the newest cycle that has ended.
    `people` and `groups` count the active objects in the application, `failed` those that are tried again.
    """

    cycle: Cycle | None = None
    last: Cycle | None = None
    percent: int = 0
    eta: datetime | None = None
    next_at: datetime | None = None
    is_asked: bool = False
    people: int = 0
    groups: int = 0
    waiting: int = 0
    failed: int = 0
    is_waiting_for_decision: bool = False
    unreachable_since: datetime | None = None
    quarantine: Quarantine = Quarantine.NONE
    quarantined_at: datetime | None = None
    quarantine_details: Mapping[str, Any] = field(default_factory=dict)
    last_error: Mapping[str, Any] = field(default_factory=dict)
    totals: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_paused(self) -> bool:
        return self.quarantine == Quarantine.ON_DEMAND

    @property
    def off_at(self) -> datetime | None:
        """When provisioning is turned off if the quarantine does not end."""
        return self.quarantined_at + LONGEST_QUARANTINE if self.quarantined_at and not self.is_paused else None


def progress_of(application: Application) -> Progress:
    """The progress that the overview shows."""
    state = SyncState.objects.filter(application=application).first()
    if state is None:
        return Progress()
    cycle = open_cycle(application)
    links = Link.objects.filter(application=application, is_active=True)
    operations = Operation.objects.filter(application=application)
    ended = Cycle.objects.filter(application=application, finished_at__isnull=False)
    return Progress(
        cycle=cycle,
        last=ended.order_by("-started_at").first(),
        percent=cycle.percent if cycle else 0,
        eta=_eta(cycle),
        is_asked=state.is_asked,
        next_at=max(state.next_at, state.try_at),
        people=links.filter(kind="person").count(),
        groups=links.filter(kind="group").count(),
        waiting=operations.filter(attempts=0).count(),
        failed=operations.filter(attempts__gt=0).count(),
        is_waiting_for_decision=cycle is not None and cycle.state == CycleState.WAITING,
        unreachable_since=state.unreachable_since,
        quarantine=Quarantine(state.quarantine),
        quarantined_at=state.quarantined_at,
        quarantine_details=state.quarantine_details,
        last_error=state.last_error,
        totals=state.totals,
    )


def _eta(cycle: Cycle | None) -> datetime | None:
    """When the cycle ends at its average speed so far."""
    if cycle is None or not cycle.done or cycle.state != CycleState.RUNNING:
        return None
    now = database_now()
    return now + (now - cycle.started_at) * max(0, cycle.total - cycle.done) / cycle.done


@transaction.atomic
def start_now(application: Application, *, actor: Actor) -> None:
    """Begin the next cycle at once, and retry what has failed; in a quarantine, it is the next attempt."""
    _require_ready(application)
    state = _state_of(application)
    if state.quarantine == Quarantine.ON_DEMAND:
        raise InvalidSettingError(_("Provisioning is paused. Resume it first."))
    SyncState.objects.filter(pk=state.pk).update(next_at=Now(), try_at=Now(), is_asked=True)
    retry_at_once(application)
    _record(AuditAction.PROVISIONING_STARTED, application, {}, actor)


@transaction.atomic
def restart(application: Application, *, actor: Actor) -> None:
    """Begin with an initial cycle that reads every object at the target again. Ends an open cycle."""
    _require_ready(application)
    Cycle.objects.filter(application=application, finished_at=None).update(state=CycleState.STOPPED, finished_at=Now())
    state = _state_of(application)
    SyncState.objects.filter(pk=state.pk).update(
        watermark=None,
        checks_target=True,
        is_asked=True,
        next_at=Now(),
        try_at=Now(),
        claim=None,
        claimed_until=Now(),
        quarantine=Quarantine.NONE,
        quarantined_at=None,
        quarantine_tries=0,
        quarantine_details={},
        totals={},
    )
    retry_at_once(application)
    _record(AuditAction.PROVISIONING_RESTARTED, application, {}, actor)


@transaction.atomic
def stop(application: Application, *, actor: Actor) -> None:
    """End the open cycle now. The next one continues with the rest. Raises InvalidSettingError if none is open.

    Requests in progress are still answered, but their results are not stored: the objects are looked up again.
    """
    open_ones = Cycle.objects.filter(application=application, finished_at=None)
    if not open_ones.update(state=CycleState.STOPPED, finished_at=Now()):
        raise InvalidSettingError(_("This application has no cycle in progress."))
    state, wait = _state_of(application), timedelta(minutes=application.interval)
    SyncState.objects.filter(pk=state.pk).update(claim=None, claimed_until=Now(), next_at=Now() + wait)
    _record(AuditAction.PROVISIONING_STOPPED, application, {}, actor)


@transaction.atomic
def pause(application: Application, *, actor: Actor) -> None:
    """Send nothing until `resume`; an open cycle stops after its batch. Raises InvalidSettingError if it is paused."""
    _require_ready(application)
    state = _state_of(application)
    running = SyncState.objects.filter(pk=state.pk).exclude(quarantine=Quarantine.ON_DEMAND)
    details = {"by": actor.label}
    if not running.update(quarantine=Quarantine.ON_DEMAND, quarantined_at=Now(), quarantine_details=details):
        raise InvalidSettingError(_("Provisioning is paused already."))
    _record(AuditAction.PROVISIONING_PAUSED, application, {}, actor)


@transaction.atomic
def resume(application: Application, *, actor: Actor) -> None:
    """Continue where `pause` stopped. Raises InvalidSettingError if provisioning is not paused."""
    paused = SyncState.objects.filter(application=application, quarantine=Quarantine.ON_DEMAND)
    if not paused.update(
        quarantine=Quarantine.NONE,
        quarantined_at=None,
        quarantine_tries=0,
        quarantine_details={},
        next_at=Now(),
        try_at=Now(),
    ):
        raise InvalidSettingError(_("Provisioning is not paused."))
    _record(AuditAction.PROVISIONING_RESUMED, application, {}, actor)


def allow(application: Application, *, actor: Actor) -> Cycle:
    """Allow the waiting cycle to remove the objects it has counted. Raises InvalidSettingError if no cycle waits."""
    return _decide(application, Guard.ALLOWED, actor)


def reject(application: Application, *, actor: Actor) -> Cycle:
    """Make the waiting cycle continue without its removals. Raises InvalidSettingError if no cycle waits."""
    return _decide(application, Guard.REJECTED, actor)


@transaction.atomic
def _decide(application: Application, decision: Guard, actor: Actor) -> Cycle:
    waiting = Cycle.objects.select_for_update().filter(application=application, state=CycleState.WAITING)
    cycle = waiting.first()
    if cycle is None:
        raise InvalidSettingError(_("No cycle of this application waits for a decision."))
    cycle.guard, cycle.decided_by, cycle.state = decision, actor.label, CycleState.RUNNING
    cycle.phase = Phase.REMOVE
    cycle.save(update_fields=["guard", "decided_by", "state", "phase"])
    if decision == Guard.REJECTED:
        Operation.objects.filter(application=application, removes=True).delete()
    allowed = decision == Guard.ALLOWED
    event = AuditAction.REMOVALS_ALLOWED if allowed else AuditAction.REMOVALS_REJECTED
    _record(event, application, {"removals": cycle.removals}, actor)
    return cycle


@dataclass(frozen=True, slots=True)
class LogFilter:
    """The filters of the provisioning log. `identity` is the start of the object's name, or its id at the target."""

    identity: str = ""
    action: str = ""
    status: str = ""
    kind: str = ""
    cycle_id: UUID | None = None
    change_id: UUID | None = None
    object_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


def outcomes(
    organization: Organization, *, application: Application | None = None, wanted: LogFilter | None = None
) -> QuerySet[Outcome]:
    """The provisioning log of an organization, or of one of its applications, newest first."""
    found = Outcome.objects.filter(organization_id=organization.pk)
    if application is not None:
        found = found.filter(application=application)
    wanted = wanted or LogFilter()
    exact = {
        "action": wanted.action,
        "status": wanted.status,
        "kind": wanted.kind,
        "cycle_id": wanted.cycle_id,
        "pk": wanted.change_id,
        "object_id": wanted.object_id,
        "at__gte": wanted.since,
        "at__lt": wanted.until,
    }
    found = found.filter(**{name: value for name, value in exact.items() if value})
    if wanted.identity:
        found = found.filter(Q(identity__istartswith=wanted.identity) | Q(remote_id=wanted.identity))
    return found.newest_first()


def _state_of(application: Application) -> SyncState:
    """The state of the application, locked until the end of the transaction."""
    values = {"organization_id": application.organization_id}
    SyncState.objects.get_or_create(application=application, defaults=values)
    return SyncState.objects.select_for_update().get(application=application)


def _require_ready(application: Application) -> None:
    """Raises InvalidSettingError unless provisioning is configured and turned on."""
    if not application.tenant_url or not application.sealed_secret:
        raise InvalidSettingError(_("Enter the Tenant URL and the Secret Token first."), field="tenant_url")
    if not application.is_on:
        raise InvalidSettingError(_("Turn provisioning on first."))


def _record(action: AuditAction, application: Application, details: Mapping[str, Any], actor: Actor) -> None:
    target = Target(application.organization_id, TargetType.APPLICATION, str(application.pk), application.name)
    record(action, target=target, content=EventContent(details=details), actor=actor)
