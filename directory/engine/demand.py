"""Provisioning people and groups on demand, with the steps that were taken."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from audit.actor import Actor
from audit.record import EventContent, Target, record
from audit.vocabulary import AuditAction, TargetType
from controlhub.database.clock import database_now
from controlhub.errors import InvalidSettingError
from directory.engine.batches import AT_ONCE, Line, discuss, operation_for
from directory.engine.bulk import Bulk
from directory.engine.claims import Claim, claim_one
from directory.engine.client import Pace, TargetClient
from directory.engine.errors import RequestFailedError
from directory.engine.exchange import Result
from directory.engine.outcomes import code_of, is_worth_a_row, outcome_of, steps_of
from directory.engine.recording import store
from directory.engine.rules import Configuration, configuration_of
from directory.models import Application, Outcome
from directory.provisioning.plan import Kind, Plan

SECONDS = 25.0
PATIENCE_SECONDS = 10.0
"""How long to wait for a running cycle of the application."""
PAUSE_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class OnDemand:
    """The result for one object. `steps` are those of the log.

    `outcome` is its row there, None if there is nothing to log. `code` is the log's code, even without a row.
    `request` is the request that failed.
    """

    kind: Kind
    object_id: UUID
    name: str = ""
    steps: Sequence[dict[str, Any]] = ()
    plan: Plan | None = None
    outcome: Outcome | None = None
    code: str = ""
    request: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DemandRun:
    """The objects in the order of the request. `failure` says why the application could not be asked at all."""

    objects: Sequence[OnDemand] = ()
    failure: RequestFailedError | None = None
    milliseconds: int = 0


def provision_on_demand(
    application: Application, *, people: Sequence[UUID] = (), groups: Sequence[UUID] = (), actor: Actor
) -> DemandRun:
    """Provision these objects now, whether or not provisioning is on; people before groups.

    Raises InvalidSettingError if that is not possible. A failure does not undo what was sent before it.
    """
    started = time.monotonic()
    with claimed(application) as claim:
        configuration = configuration_of(application, database_now())
        with open_line(configuration, seconds=SECONDS) as line:
            _note(application, people, groups, actor)
            try:
                line.client.probe()
            except RequestFailedError as error:
                return DemandRun(failure=error, milliseconds=_since(started))
            done: list[OnDemand] = []
            for kind, ids in ((Kind.PERSON, people), (Kind.GROUP, groups)):
                results = discuss(configuration, line, None, [operation_for(kind, pk) for pk in ids])
                store(application, None, results, claim)
                done += _shown(application, kind, ids, results)
    return DemandRun(done, milliseconds=_since(started))


def preview(application: Application, kind: Kind, object_id: UUID) -> OnDemand:
    """The expected result for one object. Only read requests are sent."""
    configuration = configuration_of(application, database_now())
    with open_line(configuration, seconds=SECONDS) as line:
        results = discuss(configuration, line, None, [operation_for(kind, object_id)], sends=False)
    result = results[0]
    return _on_demand(result, outcome_of(application, None, result))


def _note(application: Application, people: Sequence[UUID], groups: Sequence[UUID], actor: Actor) -> None:
    """Records only the ids: names are personal data, and the rows of the log have them."""
    target = Target(application.organization_id, TargetType.APPLICATION, str(application.pk), application.name)
    details = {"people": [str(pk) for pk in people], "groups": [str(pk) for pk in groups]}
    with transaction.atomic():
        record(AuditAction.PROVISIONED_ON_DEMAND, target=target, content=EventContent(details=details), actor=actor)


def _shown(application: Application, kind: Kind, ids: Sequence[UUID], results: Sequence[Result]) -> Iterator[OnDemand]:
    """One for each id; those without a result were not reached in time."""
    by_id = {UUID(result.job.local.id): result for result in results}
    for pk in ids:
        result = by_id.get(pk)
        if result is None:
            yield OnDemand(kind, pk, code="Timeout")
        else:
            yield _on_demand(result, _stored(application, result))


def _on_demand(result: Result, outcome: Outcome | None) -> OnDemand:
    local, error = result.job.local, result.error
    return OnDemand(
        local.kind,
        UUID(local.id),
        local.label or result.remote_id,
        steps_of(result),
        result.plan,
        outcome,
        code_of(result),
        error.note.to_json() if error else {},
    )


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)


def _stored(application: Application, result: Result) -> Outcome | None:
    if not is_worth_a_row(result):
        return None
    found = Outcome.objects.filter(application=application, object_id=UUID(result.job.local.id), cycle_id=None)
    return found.newest_first().first()


@contextmanager
def claimed(application: Application, *, pause: Callable[[float], None] = time.sleep) -> Iterator[Claim]:
    """Claims the application for this process. Raises InvalidSettingError if a cycle does not release it."""
    waited = 0.0
    while (claim := claim_one(application)) is None:
        if waited >= PATIENCE_SECONDS:
            raise InvalidSettingError(_("A cycle of this application is running. Try again in a minute."))
        pause(PAUSE_SECONDS)
        waited += PAUSE_SECONDS
    try:
        yield claim
    finally:
        claim.release()


@contextmanager
def open_line(configuration: Configuration, *, seconds: float) -> Iterator[Line]:
    """Client and threads for the application. Raises InvalidSettingError without URL and token."""
    application = configuration.application
    if not application.tenant_url or not application.sealed_secret:
        raise InvalidSettingError(_("Enter the Tenant URL and the Secret Token first."), field="tenant_url")
    pace = Pace(per_second=configuration.habits.per_second)
    with (
        TargetClient(application.tenant_url, application.secret, configuration.habits, pace) as client,
        ThreadPoolExecutor(AT_ONCE, thread_name_prefix="provisioning") as pool,
    ):
        yield Line(client, pool, time.monotonic() + seconds, Bulk(client))
