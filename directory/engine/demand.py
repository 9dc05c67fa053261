"""Provisioning of one person or group at once, with the steps that it took."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from controlhub.database.clock import database_now
from controlhub.errors import InvalidSettingError
from directory.engine.batches import AT_ONCE, Line, discuss, operation_for
from directory.engine.claims import Claim, claim_one
from directory.engine.client import Pace, TargetClient
from directory.engine.exchange import Result
from directory.engine.outcomes import outcome_of, steps_of
from directory.engine.recording import store
from directory.engine.rules import Configuration, configuration_of
from directory.models import Application, Outcome
from directory.provisioning.plan import Kind, Plan

SECONDS = 25.0
PATIENCE_SECONDS = 10.0
"""How long to wait for a cycle that is at work with the application."""
PAUSE_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class OnDemand:
    """What happened. `steps` have Entra's order; `outcome` is the row of the log, None if there was nothing to do."""

    steps: Sequence[dict[str, Any]]
    plan: Plan | None
    outcome: Outcome | None
    error: str = ""


def provision_on_demand(application: Application, kind: Kind, object_id: UUID) -> OnDemand:
    """Provision one object now, whether or not provisioning is on. InvalidSettingError if that is not possible."""
    with claimed(application) as claim:
        configuration = configuration_of(application, database_now())
        with open_line(configuration, seconds=SECONDS) as line:
            results = discuss(configuration, line, None, [operation_for(kind, object_id)])
        store(application, None, results, claim)
    result = results[0]
    return OnDemand(
        steps_of(result), result.plan, _stored(application, result), result.error.code if result.error else ""
    )


def preview(application: Application, kind: Kind, object_id: UUID) -> OnDemand:
    """The same without sending anything but questions."""
    configuration = configuration_of(application, database_now())
    with open_line(configuration, seconds=SECONDS) as line:
        results = discuss(configuration, line, None, [operation_for(kind, object_id)], sends=False)
    result = results[0]
    return OnDemand(steps_of(result), result.plan, outcome_of(application, None, result))


def _stored(application: Application, result: Result) -> Outcome | None:
    if outcome_of(application, None, result) is None:
        return None
    found = Outcome.objects.filter(application=application, object_id=UUID(result.job.local.id), cycle_id=None)
    return found.newest_first().first()


@contextmanager
def claimed(application: Application, *, pause: Callable[[float], None] = time.sleep) -> Iterator[Claim]:
    """The application for this process alone. InvalidSettingError if a cycle does not make room."""
    waited = 0.0
    while (claim := claim_one(application)) is None:
        if waited >= PATIENCE_SECONDS:
            raise InvalidSettingError(_("A cycle is at work with this application. Try again in a minute."))
        pause(PAUSE_SECONDS)
        waited += PAUSE_SECONDS
    try:
        yield claim
    finally:
        claim.release()


@contextmanager
def open_line(configuration: Configuration, *, seconds: float) -> Iterator[Line]:
    """Client and threads for the application. InvalidSettingError without URL and token."""
    application = configuration.application
    if not application.tenant_url or not application.sealed_secret:
        raise InvalidSettingError(_("Enter the tenant URL and the secret token first."), field="tenant_url")
    pace = Pace(per_second=configuration.habits.per_second)
    with (
        TargetClient(application.tenant_url, application.secret, configuration.habits, pace) as client,
        ThreadPoolExecutor(AT_ONCE, thread_name_prefix="provisioning") as pool,
    ):
        yield Line(client, pool, time.monotonic() + seconds)
