"""The course of a cycle: it begins with all objects to process, and continues one batch after another."""

from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from controlhub.sql.provisioning import ENQUEUE_ALL, ENQUEUE_ASSIGNED, ENQUEUE_CHANGED, NEXT_LINKED, POSITION, STAGE
from controlhub.sql.statements import count_changed, execute, fetch_row, fetch_rows
from directory.engine.batches import SIZE
from directory.engine.claims import Claim
from directory.engine.exchange import Known
from directory.engine.reading import read_locals
from directory.engine.rules import Configuration
from directory.models import (
    Application,
    Cycle,
    CycleKind,
    CycleState,
    Guard,
    GuardReason,
    Link,
    Operation,
    Phase,
    ProvisioningScope,
    SyncState,
)
from directory.provisioning.plan import Kind

COUNTED = 500
"""The number of operations in one step of counting."""
LEAST_OF_SHARE = 10
"""Fewer removals than this never wait because of their share."""
NEXT_PHASE = {
    Phase.COUNT: Phase.REMOVE,
    Phase.REMOVE: Phase.USERS,
    Phase.USERS: Phase.GROUPS,
    Phase.GROUPS: Phase.REFERENCES,
}


def open_cycle(application: Application) -> Cycle | None:
    """The cycle that is running or waits for a decision."""
    states = (CycleState.RUNNING, CycleState.WAITING)
    return Cycle.objects.filter(application=application, state__in=states).first()


@transaction.atomic
def begin_cycle(claim: Claim, known: Known) -> Cycle:
    """Store a new cycle with its operations, and move the watermark, in one transaction."""
    claim.renew()
    state, application = claim.state, claim.application
    position, cluster = fetch_row(POSITION) or (0, "")
    kind = CycleKind.INITIAL if needs_initial(state, application, cluster) else CycleKind.INCREMENTAL
    _enqueue(application, kind, state.watermark)
    is_initial = kind == CycleKind.INITIAL
    cycle = Cycle.objects.create(
        application=application,
        organization_id=application.organization_id,
        kind=kind,
        checks_target=is_initial and state.checks_target,
        known=known if is_initial else {},
        total=due_operations(application).count(),
    )
    state.watermark, state.cluster, state.configured = position, cluster, application.configured
    state.checks_target = False
    fields = {"watermark": position, "cluster": cluster, "configured": application.configured, "checks_target": False}
    fields["is_asked"] = False
    SyncState.objects.filter(pk=state.pk).update(**fields)
    return cycle


def needs_initial(state: SyncState, application: Application, cluster: str) -> bool:
    """Whether every object has to be processed: the first time, with a new configuration, or in a restored database."""
    return state.watermark is None or state.configured != application.configured or state.cluster != cluster


def is_initial_next(state: SyncState, application: Application) -> bool:
    _, cluster = fetch_row(POSITION) or (0, "")
    return needs_initial(state, application, cluster)


def _enqueue(application: Application, kind: CycleKind, watermark: int | None) -> None:
    params = {
        "application": application.pk,
        "organization": application.organization_id,
        "nested": application.includes_nested,
        "users": application.provisions_users,
        "groups": application.provisions_groups,
        "watermark": watermark,
    }
    if kind == CycleKind.INCREMENTAL:
        execute(ENQUEUE_CHANGED, params)
    elif application.scope == ProvisioningScope.ALL:
        execute(ENQUEUE_ALL, params)
    else:
        execute(ENQUEUE_ASSIGNED, params)


def due_operations(application: Application) -> QuerySet[Operation]:
    return Operation.objects.filter(application=application, try_at__lte=Now())


def next_operations(cycle: Cycle) -> list[Operation]:
    """The next batch of the phase; empty when the phase is over."""
    due = due_operations(cycle.application).order_by("pk")
    if cycle.phase == Phase.REMOVE:
        found = list(due.filter(removes=True)[:SIZE])
    elif cycle.phase == Phase.REFERENCES:
        found = list(due.filter(is_late=True)[:SIZE])
    else:
        kind = Kind.PERSON if cycle.phase == Phase.USERS else Kind.GROUP
        return list(due.filter(kind=kind, is_late=False, removes=False)[:SIZE])
    return [operation for operation in found if operation.kind == found[0].kind]


def count_removals(configuration: Configuration, cycle: Cycle) -> bool:
    """Mark the removals among the next linked objects. Returns whether there are more objects to check."""
    params = {"application": cycle.application_id, "cursor": cycle.cursor, "most": COUNTED}
    rows = fetch_rows(NEXT_LINKED, params, plans_anew=True)
    removals, counted = [], 0
    for kind in Kind:
        found = {object_id: (pk, is_active) for pk, its_kind, object_id, is_active in rows if its_kind == kind}
        for local_id, local in read_locals(configuration, kind, list(found)).items():
            pk, is_active = found[local_id]
            if not local.is_wanted or local.is_blocked:
                removals.append(pk)
                counted += is_active or not local.exists
    with transaction.atomic():
        Operation.objects.filter(pk__in=removals).update(removes=True)
        cycle.removals += counted
        cycle.cursor = rows[-1][0] if rows else cycle.cursor
        cycle.save(update_fields=["removals", "cursor"])
    return len(rows) == COUNTED


def guard_reason(configuration: Configuration, cycle: Cycle) -> str:
    """Why the cycle has to wait for a decision; "" if it does not have to."""
    application = configuration.application
    if not application.guards_deletions or not cycle.removals or cycle.guard == Guard.ALLOWED:
        return ""
    if cycle.removals > application.deletion_threshold:
        return GuardReason.THRESHOLD.value
    if cycle.removals < LEAST_OF_SHARE:
        return ""
    twice = cycle.removals * 2
    active = Link.objects.filter(application=application, is_active=True)[:twice].count()
    return GuardReason.SHARE.value if active < twice else ""


def wait_for_decision(claim: Claim, cycle: Cycle, reason: str) -> None:
    """Stage the removals. Call it in the transaction that writes the mail."""
    claim.renew()
    cycle.state, cycle.guard, cycle.guard_reason = CycleState.WAITING, Guard.WAITING, reason
    cycle.save(update_fields=["state", "guard", "guard_reason"])
    params = {"application": cycle.application_id, "organization": cycle.organization_id, "cycle": cycle.pk}
    count_changed(STAGE, params)


def move_on(cycle: Cycle) -> bool:
    """Begin the next phase. Returns whether there is one."""
    following = NEXT_PHASE.get(Phase(cycle.phase))
    if following is None:
        return False
    cycle.phase = following
    cycle.save(update_fields=["phase"])
    return True


@transaction.atomic
def finish_cycle(claim: Claim, cycle: Cycle, state: CycleState = CycleState.DONE) -> None:
    claim.renew()
    cycle.state = state
    Cycle.objects.filter(pk=cycle.pk).update(state=state, finished_at=Now())
    totals = dict(claim.state.totals)
    for action, by_status in cycle.counts.items():
        totals[action] = totals.get(action, 0) + by_status.get("success", 0) + by_status.get("warning", 0)
    wait = timedelta(minutes=claim.application.interval)
    SyncState.objects.filter(pk=claim.state.pk).update(totals=totals, next_at=Now() + wait)


def retry_at_once(application: Application) -> int:
    """Retry everything that failed in the next cycle. Returns the number of objects."""
    failed = Operation.objects.filter(application=application, attempts__gt=0)
    return failed.update(try_at=Now())
