"""The results of a batch, stored in one transaction: links, members, outcomes, and what is still to be done."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction

from controlhub.models.ids import new_id
from controlhub.sql.provisioning import (
    ADD_OUTCOMES,
    ENQUEUE_RELATED,
    FORGET,
    KEEP_FAILED,
    KEEP_UNFINISHED,
    STORE_LINKS,
)
from controlhub.sql.statements import execute
from directory.engine.claims import Claim
from directory.engine.errors import Cause
from directory.engine.exchange import Result
from directory.engine.outcomes import outcome_of
from directory.models import Application, Cycle, Link, Outcome, SentMember
from directory.provisioning.plan import Action, Kind, Plan

FIRST_RETRY, FIRST_RETRY_OF_REFUSED = timedelta(minutes=1), timedelta(hours=1)
LONGEST_RETRY = timedelta(days=1)
GONE = frozenset({Action.DELETE, Action.UNLINK})


OUTCOME_COLUMNS = (
    "id", "kind", "object_id", "remote_id", "identity", "action", "status", "code", "details", "steps", "modified",
    "milliseconds",
)  # fmt: skip


@dataclass(slots=True)
class Tally:
    """The totals of a batch, by action and status."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    done: int = 0
    failures: int = 0


def store(application: Application, cycle: Cycle | None, results: Sequence[Result], claim: Claim | None) -> Tally:
    """Store the results; raises ClaimLostError if the claim no longer holds."""
    with transaction.atomic():
        if claim is not None:
            claim.renew()
        _store_links(application, results)
        _store_members(application, results)
        outcomes = [outcome_of(application, cycle.pk if cycle else None, result) for result in results]
        rows = [outcome for outcome in outcomes if outcome is not None]
        _store_outcomes(application, cycle, rows)
        _settle(results)
        _enqueue_related(application, results)
        return _count(cycle, results, rows)


def _store_links(application: Application, results: Iterable[Result]) -> None:
    linked, gone = [], []
    for result in results:
        plan = result.plan
        if result.error is not None or plan is None:
            if plan and plan.action is Action.CREATE and result.remote_id:
                linked.append(_link(result, plan))  # it was created, and only its members failed
            continue
        if plan.action in GONE and result.job.link_id:
            gone.append(result.job.link_id)
        elif plan.links and (result.remote_id or plan.remote_id):
            linked.append(_link(result, plan))
    if gone:
        Link.objects.filter(pk__in=gone).delete()
    replaced = [result.job.link_id for result in results if result.is_replaced]
    if replaced:
        SentMember.objects.filter(link__in=replaced).delete()
    if linked:
        execute(STORE_LINKS, {"application": application.pk, "rows": orjson.dumps(linked).decode()})


def _link(result: Result, plan: Plan) -> dict[str, Any]:
    """A row of `directory_link`."""
    local = result.job.local
    return {
        "id": new_id(),
        "kind": local.kind.value,
        "local_id": local.id,
        "remote_id": result.remote_id or plan.remote_id,
        "digest": "" if result.error else plan.digest,
        "is_active": plan.is_active,
        "label": local.label[:500],
    }


def _store_outcomes(application: Application, cycle: Cycle | None, rows: Sequence[Outcome]) -> None:
    if not rows:
        return
    documents = [{name: getattr(row, name) for name in OUTCOME_COLUMNS} for row in rows]
    params = {
        "organization": application.organization_id,
        "application": application.pk,
        "cycle": cycle.pk if cycle else None,
        "rows": orjson.dumps(documents, default=str).decode(),
    }
    execute(ADD_OUTCOMES, params)


def _store_members(application: Application, results: Iterable[Result]) -> None:
    changed = [result for result in results if not result.members.is_empty]
    if not changed:
        return
    ids = [UUID(result.job.local.id) for result in changed]
    links = Link.objects.filter(application=application, kind=Kind.GROUP, local_id__in=ids)
    by_local = dict(links.values_list("local_id", "pk"))
    for result in changed:
        link_id = by_local[UUID(result.job.local.id)]
        removed = [person_id for person_id, _ in result.members.removed]
        SentMember.objects.filter(link_id=link_id, person_id__in=removed).delete()
        rows = [SentMember(link_id=link_id, person_id=pk, remote_id=remote) for pk, remote in result.members.added]
        SentMember.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=("link", "person_id"), update_fields=("remote_id",)
        )


def _settle(results: Sequence[Result]) -> None:
    """Delete operations that are done; keep those that failed, wait for a reference, or have more to send."""
    done, failed, unfinished = [], [], []
    for result in results:
        job, plan = result.job, result.plan
        if result.error is not None:
            failed.append((job.operation_id, _wait(result).total_seconds(), result.error.code))
        elif plan is not None and (_has_more(result) or (plan.is_late and not job.is_late)):
            unfinished.append((job.operation_id, plan.is_late and not _has_more(result)))
        else:
            done.append(job.operation_id)
    if failed:
        ids, seconds, errors = map(list, zip(*failed, strict=True))
        execute(KEEP_FAILED, {"ids": ids, "seconds": seconds, "errors": errors})
    if unfinished:
        ids, late = map(list, zip(*unfinished, strict=True))
        execute(KEEP_UNFINISHED, {"ids": ids, "late": late})
    if done:
        execute(FORGET, {"ids": done})


def _has_more(result: Result) -> bool:
    return result.job.members.is_partial or (result.is_replaced and result.job.local.kind is Kind.GROUP)


def _wait(result: Result) -> timedelta:
    """The wait before a retry: four times as long after each attempt, and longer from the start if refused."""
    first = FIRST_RETRY
    if result.error is not None and result.error.cause in {Cause.OBJECT, Cause.CONFLICT}:
        first = FIRST_RETRY_OF_REFUSED
    factor: int = 4 ** min(result.job.attempts, 8)
    return min(LONGEST_RETRY, first * factor)


def _enqueue_related(application: Application, results: Iterable[Result]) -> None:
    """Enqueue groups and direct reports of people who became, or are no longer, active users of the application."""
    people = [
        UUID(result.job.local.id) for result in results if result.job.local.kind is Kind.PERSON and _turned(result)
    ]
    if people:
        nested = application.includes_nested
        execute(ENQUEUE_RELATED, {"application": application.pk, "people": people, "nested": nested})


def _turned(result: Result) -> bool:
    plan, link = result.plan, result.job.link
    if plan is None or (result.error is not None and not result.is_sent):
        return False
    if link is None or plan.action in GONE or result.is_replaced:
        return plan.links or link is not None
    return plan.links and plan.is_active != link.is_active


def _count(cycle: Cycle | None, results: Sequence[Result], rows: Sequence[Outcome]) -> Tally:
    tally = Tally(done=len(results))
    tally.counts.update((row.action, row.status) for row in rows)
    tally.failures = sum(number for (_, status), number in tally.counts.items() if status == "failure")
    if cycle is not None:
        for (action, status), number in tally.counts.items():
            by_status = cycle.counts.setdefault(action, {})
            by_status[status] = by_status.get(status, 0) + number
        cycle.done += tally.done
        Cycle.objects.filter(pk=cycle.pk).update(counts=cycle.counts, done=cycle.done)
    return tally
