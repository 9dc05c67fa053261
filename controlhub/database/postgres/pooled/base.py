"""Connections through a pooler that assigns a different server connection to each transaction.

Other clients use the same server connection before and after us, so we must not leave state in it or expect any. The
settings that a direct connection sends once, when it starts, therefore apply to one transaction at a time. They cost no
round trip: they are sent with BEGIN, or before a statement that runs outside of a transaction.
"""

import os
from functools import cache
from typing import Any, Self

from django.conf import settings
from psycopg import Cursor
from psycopg.pq import TransactionStatus

from controlhub.database import limits
from controlhub.database.postgres import base

# libpq sends it when it connects, and poolers track this parameter per client, so no statement needs to set it.
os.environ.setdefault("PGTZ", settings.TIME_ZONE)


@cache
def begin() -> str:
    """Returns the SQL that begins a transaction with our settings."""
    values = limits.server_settings().items()
    return "; ".join(["BEGIN", *(f"SET LOCAL {name} = {value}" for name, value in values)])


@cache
def set_local() -> str:
    """Returns the SQL that applies our settings to the transaction in which it runs."""
    values = limits.server_settings().items()
    return "SELECT " + ", ".join(f"set_config('{name}', '{value}', true)" for name, value in values)


@cache
def has_limits() -> bool:
    """Whether this process has bounded waits. A command has none, and can run statements that allow no transaction."""
    return limits.current() != limits.Limits()


class PooledCursor(Cursor[Any]):
    """A cursor that sends our settings with each statement that is a transaction of its own."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Self:
        """Execute both in one round trip: a pipeline is one transaction."""
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
        """Django calls this instead of a lazy BEGIN. A message of the simple protocol can have several commands."""
        with self.wrap_database_errors:
            Cursor(self.connection).execute(begin())
