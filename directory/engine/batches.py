"""A batch of objects: read here, exchanged with the application in threads, stored here.

Only the calling thread uses the database.
"""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar
from uuid import UUID

from controlhub.sql.provisioning import MARK_BEGUN, OWNERS
from controlhub.sql.statements import execute, fetch_rows
from directory.engine.bulk import Bulk
from directory.engine.client import TargetClient
from directory.engine.exchange import Answer, Exchange, Result
from directory.engine.reading import Job, jobs_of, references_of
from directory.engine.rules import Configuration
from directory.models import Cycle, Guard, Operation
from directory.provisioning.plan import Action, Kind, Plan, Reason

T = TypeVar("T")
AT_ONCE = 8
SIZE = 200
"""The number of objects in one batch."""


@dataclass(frozen=True, slots=True)
class Line:
    """What a turn needs to talk to an application: client, threads, and the time to stop (time.monotonic)."""

    client: TargetClient
    pool: ThreadPoolExecutor
    until: float
    bulk: Bulk

    @property
    def is_over(self) -> bool:
        return time.monotonic() > self.until or self.client.pace.is_over

    def each(self, function: Callable[[T], Result], items: Iterable[T]) -> list[Result]:
        """The results of the function, called in the threads. Items that were not started in time have no result."""
        stopped = threading.Event()

        def run(item: T) -> Result | None:
            return None if stopped.is_set() or self.is_over else function(item)

        try:
            return [result for result in self.pool.map(run, items) if result is not None]
        finally:
            stopped.set()


def discuss(
    configuration: Configuration,
    line: Line,
    cycle: Cycle | None,
    operations: Sequence[Operation],
    *,
    sends: bool = True,
    checks_target: bool = False,
    dry_run: UUID | None = None,
) -> list[Result]:
    """The results of operations of one kind. Objects that were not started in time have no result.

    `dry_run` is a job that plans, with `sends` false: what it has planned for people counts as done.

    Raises RequestFailedError if the application asks to wait before the first object.
    """
    is_rejected = cycle is not None and cycle.guard == Guard.REJECTED
    jobs = jobs_of(configuration, operations, keeps_members=is_rejected, dry_run=dry_run)
    if not jobs:
        return []
    kind = jobs[0].local.kind
    checks = checks_target or (cycle is not None and cycle.checks_target)
    rules = configuration.rules(
        kind, references_of(configuration, jobs, foresees=dry_run is not None), checks_target=checks
    )
    exchange = Exchange(line.client, rules, cycle.known if cycle is not None and kind is Kind.PERSON else {})
    batch = _Batch(configuration, line, kind, exchange)
    results = batch.looked(jobs)
    return batch.sent(results) if sends else results


@dataclass(frozen=True, slots=True)
class _Batch:
    """Objects of one kind on their way to the application."""

    configuration: Configuration
    line: Line
    kind: Kind
    exchange: Exchange

    def looked(self, jobs: Sequence[Job]) -> list[Result]:
        """What would be sent for each job. Only jobs that have to ask the application need threads."""
        asking = {id(job): self.exchange.asks(job) for job in jobs}
        results = [self.exchange.look(job) for job in jobs if not asking[id(job)]]
        results += self.line.each(self.exchange.look, [job for job in jobs if asking[id(job)]])
        found = {id(result.job): result for result in results}
        ordered = [found[id(job)] for job in jobs if id(job) in found]
        refuse_taken(self.configuration, self.kind, ordered)
        return ordered

    def sent(self, results: Sequence[Result]) -> list[Result]:
        """The results after everything has been sent. Those that were not started in time are left out."""
        sending = [result for result in results if self.exchange.sends(result)]
        left = set(map(id, sending))
        done = [result for result in results if id(result) not in left]
        if self.kind is Kind.PERSON and self.line.bulk.is_worth(len(sending)):
            answered = self._together(sending)
        else:
            answered = self.line.each(self.exchange.finish, sending)
        matched = [result for result in answered if result.is_matched_late]
        refuse_taken(self.configuration, self.kind, answered)
        late = [result for result in matched if self.exchange.sends(result)]
        left = set(map(id, late))
        done += [result for result in answered if id(result) not in left]
        return done + self.line.each(self.exchange.finish, late)

    def _together(self, sending: Sequence[Result]) -> list[Result]:
        """Send them in few requests. Those whose outcome is unknown are looked up again and sent one by one."""
        parts = self.line.bulk.send(self.line.pool, list(map(self.exchange.request, sending)), self.line.until)
        answers = [(answer, part.milliseconds) for part in parts for answer in part.answers]
        known, unknown = [], list(sending[len(answers) :])
        for result, (answer, milliseconds) in zip(sending, answers, strict=False):
            if answer is None:
                unknown.append(result)
            else:
                known.append((result, answer, milliseconds))
        taken = list(self.line.pool.map(self._take, known))
        again = self.looked([replace(result.job, is_begun=True) for result in unknown])
        return taken + self.line.each(self.exchange.finish, again)

    def _take(self, known: tuple[Result, Answer, int]) -> Result:
        result, answer, milliseconds = known
        return self.exchange.finish(result, answer, milliseconds=milliseconds)


def refuse_taken(configuration: Configuration, kind: Kind, results: Sequence[Result]) -> None:
    """Turn a result into a conflict if its object in the application belongs to another object of the directory."""
    fresh = [result for result in results if _is_new(result)]
    if not fresh:
        return
    ids = [result.remote_id for result in fresh]
    params = {"application": configuration.application.pk, "kind": kind.value, "remote_ids": ids}
    owners = {
        remote_id: (str(local_id), label) for remote_id, local_id, label in fetch_rows(OWNERS, params, plans_anew=True)
    }
    for result in fresh:
        local = result.job.local
        owner = owners.setdefault(result.remote_id, (local.id, local.label))
        if owner[0] != local.id:
            details = {"owner": owner[1], "owner_id": owner[0], "id": result.remote_id}
            result.plan = Plan(Action.CONFLICT, Reason.TAKEN, details, remote_id=result.remote_id)


def _is_new(result: Result) -> bool:
    """Whether the object in the application is not the linked one."""
    return bool(result.plan and result.remote_id and (result.job.link is None or result.is_replaced))


def operation_for(kind: Kind, object_id: UUID, *, is_begun: bool = True) -> Operation:
    """An operation that is not stored, for one object on demand. The object is looked up before it is created."""
    return Operation(kind=kind.value, object_id=object_id, is_begun=is_begun)


def mark_begun(operations: Sequence[Operation]) -> None:
    """Note that requests may be sent now: after a crash, the objects are looked up before they are created."""
    fresh = [operation.pk for operation in operations if not operation.is_begun]
    if fresh:
        execute(MARK_BEGUN, {"ids": fresh})
