"""Connections through a pooler that gives each transaction another server connection.

A server connection belongs to others before and after: nothing of ours may stay in it, and nothing of theirs may be
expected. So the settings that a direct connection sends once, when it starts, apply to one transaction at a time. They
cost no round trip: they travel with BEGIN, or in front of a statement that runs outside of a transaction.
"""

import os
from functools import cache
from typing import Any, Self

from django.conf import settings
from psycopg import Cursor
from psycopg.pq import TransactionStatus

from controlhub.database import limits
from controlhub.database.postgres import base

# libpq sends it when it connects, and poolers keep this parameter apart for each client: no statement sets it.
os.environ.setdefault("PGTZ", settings.TIME_ZONE)


@cache
def begin() -> str:
    """Begins a transaction with our settings."""
    values = limits.server_settings().items()
    return "; ".join(["BEGIN", *(f"SET LOCAL {name} = {value}" for name, value in values)])


@cache
def set_local() -> str:
    """Applies our settings to the transaction in which it runs."""
    values = limits.server_settings().items()
    return "SELECT " + ", ".join(f"set_config('{name}', '{value}', true)" for name, value in values)


@cache
def has_limits() -> bool:
    """Whether this process has bounded waits. A command has none, and may run what refuses a transaction around it."""
    return limits.current() != limits.Limits()


class PooledCursor(Cursor[Any]):
    """A cursor that sends our settings with each statement that is a transaction of its own."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Self:
        """In one round trip: what a pipeline sends until its end is one transaction."""
        if not has_limits() or self.connection.pgconn.transaction_status != TransactionStatus.IDLE:
            super().execute(query, params, **options)
            return self
        with self.connection.pipeline():
            Cursor(self.connection).execute(set_local())
            super().execute(query, params, **options)
        return self


class DatabaseWrapper(base.DatabaseWrapper):
    """The backend with bounded waits, without any state in the server's session."""

    def get_connection_params(self) -> dict[str, Any]:
        return {**super().get_connection_params(), "cursor_factory": PooledCursor}

    def startup_options(self) -> dict[str, str]:
        return {}

    def _start_transaction_under_autocommit(self) -> None:
        """Django calls this in place of a lazy BEGIN. Several commands fit into one message of the simple protocol."""
        with self.wrap_database_errors:
            Cursor(self.connection).execute(begin())
