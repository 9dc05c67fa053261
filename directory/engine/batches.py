"""A batch of objects: read here, discussed with the application in threads, stored here.

Only this thread uses the database.
"""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from uuid import UUID

from directory.engine.client import TargetClient
from directory.engine.exchange import Exchange, Result
from directory.engine.reading import Job, jobs_of, references_of
from directory.engine.rules import Configuration
from directory.models import Cycle, Guard, Link, Operation
from directory.provisioning.plan import Action, Kind, Plan, Reason

AT_ONCE = 8
SIZE = 100
"""Objects of one batch."""


@dataclass(frozen=True, slots=True)
class Line:
    """What a turn has to talk to an application: client, threads, and the time to stop (time.monotonic)."""

    client: TargetClient
    pool: ThreadPoolExecutor
    until: float


def discuss(
    configuration: Configuration,
    line: Line,
    cycle: Cycle | None,
    operations: Sequence[Operation],
    *,
    sends: bool = True,
    checks_target: bool = False,
) -> list[Result]:
    """The results of operations of one kind. Objects that were not begun when the time was over have none."""
    is_rejected = cycle is not None and cycle.guard == Guard.REJECTED
    jobs = jobs_of(configuration, operations, keeps_members=is_rejected)
    if not jobs:
        return []
    kind = jobs[0].local.kind
    checks = checks_target or (cycle is not None and cycle.checks_target)
    rules = configuration.rules(kind, references_of(configuration, jobs), checks_target=checks)
    exchange = Exchange(line.client, rules, cycle is not None and cycle.is_target_empty)
    results = _all(line, jobs, exchange, sends=sends)
    waiting = [result for result in results if result.waits_for_check]
    refuse_taken(configuration, kind, waiting)
    if sends:
        allowed = [result for result in waiting if result.plan and result.plan.action is not Action.CONFLICT]
        list(line.pool.map(exchange.finish, allowed))
    refuse_taken(configuration, kind, [result for result in results if result not in waiting])
    return results


def _all(line: Line, jobs: Sequence[Job], exchange: Exchange, *, sends: bool) -> list[Result]:
    stopped = threading.Event()

    def run(job: Job) -> Result | None:
        if stopped.is_set() or time.monotonic() > line.until or line.client.pace.is_over:
            return None
        return exchange.begin(job, sends=sends)

    try:
        return [result for result in line.pool.map(run, jobs) if result is not None]
    finally:
        stopped.set()


def refuse_taken(configuration: Configuration, kind: Kind, results: Sequence[Result]) -> None:
    """Make a conflict of each result whose object of the application belongs to another object of the directory."""
    fresh = [result for result in results if result.remote_id and result.job.link is None and result.plan]
    if not fresh:
        return
    owners: dict[str, tuple[str, str]] = {}
    found = Link.objects.filter(
        application=configuration.application, kind=kind, remote_id__in=[result.remote_id for result in fresh]
    )
    for remote_id, local_id, label in found.values_list("remote_id", "local_id", "label"):
        owners[remote_id] = (str(local_id), label)
    for result in fresh:
        local = result.job.local
        owner = owners.setdefault(result.remote_id, (local.id, local.label))
        if owner[0] != local.id:
            details = {"owner": owner[1], "owner_id": owner[0], "id": result.remote_id}
            result.plan = Plan(Action.CONFLICT, Reason.TAKEN, details, remote_id=result.remote_id)


def operation_for(kind: Kind, object_id: UUID, *, is_begun: bool = True) -> Operation:
    """An operation that is not stored, for one object on demand. It is looked up before anything is created."""
    return Operation(kind=kind.value, object_id=object_id, is_begun=is_begun)


def mark_begun(operations: Sequence[Operation]) -> None:
    """Note that requests may be sent now: after a crash, the objects are looked up before they are created."""
    fresh = [operation.pk for operation in operations if not operation.is_begun]
    if fresh:
        Operation.objects.filter(pk__in=fresh).update(is_begun=True)
