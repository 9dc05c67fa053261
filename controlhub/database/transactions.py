"""Retries work that lost a race.

PostgreSQL ends one of two transactions that wait for each other, and a transaction that refers to a row that another
one has just removed.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

from django.db import IntegrityError, OperationalError, connection, transaction
from psycopg.errors import DeadlockDetected, ForeignKeyViolation, SerializationFailure

T = TypeVar("T")
_LOST_RACES = (DeadlockDetected, SerializationFailure, ForeignKeyViolation)


def one_transaction(is_needed: bool) -> AbstractContextManager[Any]:
    """A transaction around several statements. A single one needs no extra round trips, unless it is nested."""
    return transaction.atomic() if is_needed or connection.in_atomic_block else nullcontext()


ATTEMPTS = 4


def retried(work: Callable[[], T]) -> T:
    """Returns the result of `work`, a whole transaction, which is retried if it lost a race."""
    for _ in range(ATTEMPTS - 1):
        try:
            return work()
        except (OperationalError, IntegrityError) as error:
            if not isinstance(error.__cause__, _LOST_RACES):
                raise
    return work()
