"""Work that lost a race is done again.

PostgreSQL ends one of two transactions that wait for each other, and one that refers to a row which another has
just removed.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

from django.db import IntegrityError, OperationalError, connection, transaction
from psycopg.errors import DeadlockDetected, ForeignKeyViolation, SerializationFailure

T = TypeVar("T")
_LOST_RACES = (DeadlockDetected, SerializationFailure, ForeignKeyViolation)


def one_transaction(is_needed: bool) -> AbstractContextManager[Any]:
    """A transaction around several statements; a single one needs no extra round trips, unless it is nested."""
    return transaction.atomic() if is_needed or connection.in_atomic_block else nullcontext()


ATTEMPTS = 4


def retried(work: Callable[[], T]) -> T:
    """The result of `work`, a whole transaction, tried again where another was faster."""
    for _ in range(ATTEMPTS - 1):
        try:
            return work()
        except (OperationalError, IntegrityError) as error:
            if not isinstance(error.__cause__, _LOST_RACES):
                raise
    return work()
