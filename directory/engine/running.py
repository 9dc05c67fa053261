"""Cycles in turns: a run takes some seconds, gives each application its turn, and the next run continues.

If a worker is killed, nothing is lost: what it had not stored is still an operation, and is looked up before it is sent
again (`directory.models.links`).
"""

import logging
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from django.db import connection, transaction

from controlhub.database.clock import database_now
from controlhub.security.vault import SealBrokenError
from directory.engine.batches import AT_ONCE, Line, discuss, mark_begun
from directory.engine.bulk import Bulk
from directory.engine.claims import Claim, ClaimLostError, claim_next
from directory.engine.client import Pace, TargetClient
from directory.engine.cycles import (
    begin_cycle,
    count_removals,
    finish_cycle,
    guard_reason,
    is_initial_next,
    move_on,
    next_operations,
    open_cycle,
    wait_for_decision,
)
from directory.engine.errors import Cause, RequestFailedError, RequestNote
from directory.engine.exchange import Known
from directory.engine.notices import mail_decision
from directory.engine.recording import store
from directory.engine.rules import Configuration, configuration_of
from directory.engine.survey import survey
from directory.engine.troubles import (
    JUDGED_FROM,
    Trouble,
    find_trouble,
    has_too_many_failures,
    is_of_target,
    leave_quarantine,
    note_answer,
    note_trouble,
    quarantine,
)
from directory.models import Application, Cycle, Operation, Phase, Quarantine
from directory.provisioning.plan import Kind

RUN_SECONDS = 8.0
"""A run begins no batch after this time, because the same worker sends mail and streams."""
TURN_SECONDS = 4.0
logger = logging.getLogger(__name__)


def run_due_cycles(*, seconds: float = RUN_SECONDS) -> int:
    """Run cycles until none is due or the time is over. Returns the number of objects that were processed."""
    until, done, failed = time.monotonic() + seconds, 0, set[UUID]()
    while time.monotonic() < until:
        claim = claim_next(failed)
        if claim is None:
            break
        try:
            done += take_turn(claim, min(until, time.monotonic() + TURN_SECONDS))
        except ClaimLostError:
            failed.add(claim.application.pk)
        except Exception:
            logger.exception("The cycle of application %s failed", claim.application.pk)
            failed.add(claim.application.pk)
            if not connection.in_atomic_block:
                connection.close()  # it may be what failed; the lease expires by itself
        else:
            claim.release()
    return done


def take_turn(claim: Claim, until: float) -> int:
    """Continue the application's cycle, or begin one, until this time. Returns the number of processed objects."""
    application = claim.application
    configuration = configuration_of(application, database_now())
    try:
        token = application.secret
    except SealBrokenError:
        note = RequestNote("", "", 0, "The secret token cannot be decrypted. Enter it again.")
        error = RequestFailedError(Cause.CREDENTIALS, "Unauthorized", note)
        note_trouble(claim, open_cycle(application), Trouble(error))
        return 0
    pace = Pace(per_second=configuration.habits.per_second)
    with (
        TargetClient(application.tenant_url, token, configuration.habits, pace) as client,
        ThreadPoolExecutor(AT_ONCE, thread_name_prefix="provisioning") as pool,
    ):
        return _Turn(claim, configuration, Line(client, pool, until, Bulk(client))).run()


class _Turn:
    """One turn of one application."""

    def __init__(self, claim: Claim, configuration: Configuration, line: Line) -> None:
        self.claim, self.configuration, self.line = claim, configuration, line
        self.application: Application = claim.application
        self.done = 0

    def run(self) -> int:
        cycle = open_cycle(self.application)
        if cycle is None or self.claim.state.is_unreachable:
            known = self._ask(cycle)
            if known is None:
                return 0
            cycle = cycle or begin_cycle(self.claim, known)
        while self._step(cycle) and time.monotonic() < self.line.until:
            pass
        return self.done

    def _ask(self, cycle: Cycle | None) -> Known | None:
        """What the application has before an initial cycle; None if it cannot be asked, which is recorded."""
        known: Known = {}
        try:
            if cycle is None and is_initial_next(self.claim.state, self.application):
                known = survey(self.line.client, self.configuration.mappings[Kind.PERSON])
            elif self.claim.state.is_unreachable or self.claim.state.quarantine:
                self.line.client.probe()
        except RequestFailedError as error:
            note_trouble(self.claim, cycle, _trouble_of(error))
            return None
        if self.claim.state.is_unreachable:
            note_answer(self.claim)
        return known

    def _step(self, cycle: Cycle) -> bool:
        """Process one batch, or move to the next phase. Returns whether the cycle can continue now."""
        if cycle.phase == Phase.COUNT:
            return self._count(cycle)
        operations = next_operations(cycle)
        if operations:
            return self._discuss(cycle, operations)
        if move_on(cycle):
            return True
        finish_cycle(self.claim, cycle)
        leave_quarantine(self.claim)
        return False

    def _count(self, cycle: Cycle) -> bool:
        if count_removals(self.configuration, cycle):
            return True
        if reason := guard_reason(self.configuration, cycle):
            with transaction.atomic():
                wait_for_decision(self.claim, cycle, reason)
                mail_decision(self.application, cycle)
            return False
        return move_on(cycle)

    def _discuss(self, cycle: Cycle, operations: Sequence[Operation]) -> bool:
        mark_begun(operations)
        try:
            results = discuss(self.configuration, self.line, cycle, operations)
        except RequestFailedError as error:
            note_trouble(self.claim, cycle, _trouble_of(error))
            return False
        trouble = find_trouble(self.line.client, results)
        kept = [result for result in results if not is_of_target(trouble, result)]
        self.done += store(self.application, cycle, kept, self.claim).done
        if trouble is not None:
            note_trouble(self.claim, cycle, trouble)
            return False
        if has_too_many_failures(cycle):
            details: dict[str, object] = {"count": cycle.failures, "threshold": JUDGED_FROM}
            last = next((result.error for result in reversed(results) if result.error), None)
            details["request"] = last.note.to_json() if last else {}
            quarantine(self.claim, cycle, Quarantine.FAILURES, details)
            return False
        return True


def _trouble_of(error: RequestFailedError) -> Trouble:
    if error.cause is Cause.HELD and error.seconds:
        return Trouble(error, seconds=error.seconds)
    return Trouble(error, is_unreachable=error.cause in {Cause.TRANSIENT, Cause.HELD})
