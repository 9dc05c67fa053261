"""Work that lost a race is done again: PostgreSQL ends one of two transactions that wait for each other."""

from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError
from psycopg.errors import DeadlockDetected, SerializationFailure

T = TypeVar("T")
ATTEMPTS = 4


def retried(work: Callable[[], T]) -> T:
    """The result of `work`, a whole transaction, tried again after a deadlock or serialization failure."""
    for _ in range(ATTEMPTS - 1):
        try:
            return work()
        except OperationalError as error:
            if not isinstance(error.__cause__, DeadlockDetected | SerializationFailure):
                raise
    return work()
