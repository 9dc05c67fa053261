"""Reasons to end a turn early: an application that is unreachable, asks to wait, or has to go into quarantine."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Now

from audit.actor import SYSTEM
from audit.record import EventContent, Target, record
from audit.vocabulary import AuditAction, TargetType
from controlhub.database.clock import database_now
from directory.engine.claims import Claim
from directory.engine.client import TargetClient
from directory.engine.cycles import finish_cycle
from directory.engine.errors import Cause, RequestFailedError
from directory.engine.exchange import Result
from directory.engine.notices import mail_quarantine
from directory.models import Application, Cycle, CycleState, Quarantine, SyncState

TRY_AGAIN = timedelta(seconds=60)
"""How often an unreachable application is retried."""
RETRIES = (timedelta(hours=6), timedelta(hours=12))
LATER_RETRIES = timedelta(hours=24)
LONGEST_QUARANTINE = timedelta(days=28)
"""After this time, provisioning is turned off (entra-docs, application-provisioning-quarantine-status)."""
JUDGED_FROM, SHARE, MOST_FAILURES = 5_000, 0.4, 40_000
"""Failures in one cycle: the number from which their share counts, the share, and the number that is too high."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why the turn is over. `seconds` is how long the application asks to wait."""

    error: RequestFailedError
    is_unreachable: bool = False
    seconds: float = 0


def find_trouble(client: TargetClient, results: Sequence[Result]) -> Trouble | None:
    """The trouble, if the failures of a batch are the application's, not the objects'. A failing probe proves it."""
    errors = [result.error for result in results if result.error is not None]
    held = next((error for error in errors if error.cause is Cause.HELD and error.seconds), None)
    if held is not None and client.pace.is_over:
        return Trouble(held, seconds=held.seconds)
    refused = next((error for error in errors if error.cause is Cause.CREDENTIALS), None)
    passing = [error for error in errors if error.cause is Cause.TRANSIENT]
    if refused is None and (not passing or (len(passing) < len(results) and not client.pace.is_over)):
        return None
    client.pace.lost_in_a_row = 0
    try:
        client.probe()
    except RequestFailedError as error:
        return _proven(error)
    client.pace.is_refused = False
    return None


def _proven(error: RequestFailedError) -> Trouble | None:
    if error.cause is Cause.HELD and error.seconds:
        return Trouble(error, seconds=error.seconds)
    if error.cause in {Cause.TRANSIENT, Cause.HELD}:
        return Trouble(error, is_unreachable=True)
    return Trouble(error)


def is_of_target(trouble: Trouble | None, result: Result) -> bool:
    """Whether a result is only a consequence of the trouble: then it is not stored, and the object stays pending."""
    error = result.error
    if trouble is None or error is None:
        return False
    if trouble.seconds:
        return error.cause is Cause.HELD
    if trouble.is_unreachable:
        return error.cause in {Cause.TRANSIENT, Cause.HELD}
    return error.cause is Cause.CREDENTIALS


def note_trouble(claim: Claim, cycle: Cycle | None, trouble: Trouble) -> None:
    """Store the trouble: wait, try again in a minute, or quarantine."""
    last = {**trouble.error.note.to_json(), "code": trouble.error.code}
    states = SyncState.objects.filter(pk=claim.state.pk, claim=claim.state.claim)
    if trouble.seconds:
        states.update(last_error=last, try_at=Now() + timedelta(seconds=trouble.seconds))
    elif trouble.is_unreachable:
        since = Coalesce("unreachable_since", Now())
        states.update(last_error=last, unreachable_since=since, try_at=Now() + TRY_AGAIN)
    else:
        quarantine(claim, cycle, Quarantine.CREDENTIALS, {"request": last})


def note_answer(claim: Claim) -> None:
    """Record that the application responds again."""
    SyncState.objects.filter(pk=claim.state.pk).update(unreachable_since=None, last_error={})
    claim.state.unreachable_since = None


def has_too_many_failures(cycle: Cycle) -> bool:
    failures = cycle.failures
    return failures > MOST_FAILURES or (failures >= JUDGED_FROM and failures > SHARE * cycle.done)


@transaction.atomic
def quarantine(claim: Claim, cycle: Cycle | None, reason: Quarantine, details: dict[str, object]) -> None:
    """End the cycle; the next attempt is hours later. Mail is sent on entering, and when the reason changes."""
    claim.renew()
    state, application = claim.state, claim.application
    if cycle is not None:
        finish_cycle(claim, cycle, CycleState.STOPPED)
    now = database_now()
    since: datetime = state.quarantined_at or now
    tries = state.quarantine_tries if state.quarantine else 0
    wait = RETRIES[tries] if tries < len(RETRIES) else LATER_RETRIES
    is_over = now - since > LONGEST_QUARANTINE
    SyncState.objects.filter(pk=state.pk).update(
        quarantine=reason,
        quarantined_at=since,
        quarantine_tries=tries + 1,
        quarantine_details=details,
        unreachable_since=None,
        is_asked=True,
        next_at=now + wait,
    )
    if state.quarantine != reason:
        mail_quarantine(application, reason, details, next_at=now + wait)
    if is_over:
        _turn_off(application, reason)


def _turn_off(application: Application, reason: Quarantine) -> None:
    Application.objects.filter(pk=application.pk).update(is_on=False, version=F("version") + 1, modified_at=Now())
    content = EventContent(before={"is_on": True}, after={"is_on": False}, details={"quarantine": reason.value})
    target = Target(application.organization_id, TargetType.APPLICATION, str(application.pk), application.name)
    record(AuditAction.APPLICATION_CONFIGURED, target=target, content=content, actor=SYSTEM)


def leave_quarantine(claim: Claim) -> None:
    """Leave quarantine, because a cycle has come to its end."""
    if claim.state.quarantine:
        SyncState.objects.filter(pk=claim.state.pk).update(
            quarantine=Quarantine.NONE, quarantined_at=None, quarantine_tries=0, quarantine_details={}
        )
