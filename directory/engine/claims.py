"""One worker at a time runs the cycle of an application. If it is killed, it is replaced when its lease expires."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from controlhub.sql.provisioning import ADD_STATES, CLAIM, CLAIM_ONE, RELEASE, RENEW
from controlhub.sql.statements import count_changed, execute, fetch_row
from directory.models import Application, Quarantine, SyncState

LEASE = timedelta(seconds=90)
"""Longer than the exchange about one object: three requests, each at most 25 seconds (OUTBOUND_TIMEOUT)."""


class ClaimLostError(Exception):
    """Another worker has taken over: it will find what was sent, and nothing may be stored here."""


@dataclass(frozen=True, slots=True)
class Claim:
    state: SyncState
    application: Application

    def renew(self) -> None:
        """Extend the lease, in the transaction that stores results. Raises ClaimLostError."""
        params = {"application": self.application.pk, "claim": self.state.claim, "lease": LEASE}
        if not count_changed(RENEW, params):
            raise ClaimLostError

    def release(self) -> None:
        execute(RELEASE, {"application": self.application.pk, "claim": self.state.claim})


def claim_next(busy: Iterable[UUID] = ()) -> Claim | None:
    """Claims the application that has waited longest and has something to do; None if there is none."""
    execute(ADD_STATES)
    params = {"lease": LEASE, "paused": Quarantine.ON_DEMAND.value, "busy": list(busy)}
    return _claimed(fetch_row(CLAIM, params))


def claim_one(application: Application) -> Claim | None:
    """Claims this application, unless a worker has it: for operations that an administrator starts."""
    state = {"organization_id": application.organization_id}
    SyncState.objects.get_or_create(application=application, defaults=state)
    return _claimed(fetch_row(CLAIM_ONE, {"lease": LEASE, "application": application.pk}))


def _claimed(row: tuple[Any, ...] | None) -> Claim | None:
    if row is None:
        return None
    state = SyncState.objects.select_related("application", "application__organization").get(pk=row[0])
    return Claim(state, state.application)
