"""Limits queries without an index to one at a time per token, with a timeout (docs/decisions/0036).

Such a query reads every row of an organization. The turn is a lock in the database, so that it applies to all web
processes and is always released at the end of the transaction.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

from controlhub.database import limits
from controlhub.sql.server import SET_TIMEOUT
from controlhub.sql.statements import fetch_rows
from controlhub.sql.turns import TAKE_TURN
from scim.protocol.errors import TooMany, TooManyRequests

FEW_ROWS = 2_000
"""An organization with at most this many rows may run another such query in parallel, but only for MOMENT seconds."""
MOMENT = 0.1


@contextmanager
def turn(token_id: UUID, organization_id: UUID, advice: Callable[[], str]) -> Iterator[None]:
    """A transaction for such a query. Raises TooManyRequests if the token is running another, TooMany on timeout.

    `advice` returns a sentence that says which queries to use instead.
    """
    with transaction.atomic():
        values = {"token": token_id, "organization": organization_id, "few_rows": FEW_ROWS}
        ((has_turn, is_small),) = fetch_rows(TAKE_TURN, values)
        if not (has_turn or is_small):
            raise _too_many_at_once(advice)
        with connection.execute_wrapper(Deadline(seconds() if has_turn else MOMENT)):
            try:
                yield
            except OperationalError as error:
                if not isinstance(error.__cause__, QueryCanceled):
                    raise
                if not has_turn:
                    raise _too_many_at_once(advice) from error
                limit = f"{seconds():g} seconds"
                raise TooMany(f"This query cannot use an index and took longer than {limit}. {advice()}") from error


def seconds() -> float:
    """The timeout of such a query, which is at most that of any other query."""
    limit: float = settings.SCIM_UNINDEXED_SECONDS
    longest = limits.current().statement / 1_000
    return min(limit, longest) if longest else limit


def _too_many_at_once(advice: Callable[[], str]) -> TooManyRequests:
    text = "This query cannot use an index, and another such query of this token is running. Send one at a time."
    return TooManyRequests(f"{text} {advice()}", retry_after=max(1, round(seconds())))


class Deadline:
    """Limits each statement to the remaining time, except for savepoints, which must also work after a failure."""

    def __init__(self, limit: float) -> None:
        self._ends_at = time.monotonic() + limit

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(("SAVEPOINT", "ROLLBACK", "RELEASE")):
            return execute(sql, params, many, context)
        left = max(1, round((self._ends_at - time.monotonic()) * 1_000))
        context["cursor"].cursor.execute(SET_TIMEOUT, {"milliseconds": str(left)})
        return execute(sql, params, many, context)
