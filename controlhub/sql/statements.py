"""Statements: constant SQL with named parameters, and their values. Cursors are opened only here."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections

from controlhub.sql.prepared import PreparingConnection, Result


class OvertakenError(Exception):
    """The row has changed since it was read, or the change requires a lock: read the row again, with a lock."""


class Statement(NamedTuple):
    """A change that has not been made yet, with its audit event (`controlhub.sql.events`).

    The SQL takes the parameters of the event, too. It returns no row if it changed nothing.
    """

    text: str
    params: Mapping[str, Any]


NONE: Mapping[str, Any] = MappingProxyType({})


def execute(text: str, params: Mapping[str, Any] = NONE) -> None:
    _run(text, params)


def fetch_row(text: str, params: Mapping[str, Any] = NONE) -> tuple[Any, ...] | None:
    """Returns the first row of the result, or None."""
    rows = _run(text, params).rows
    return rows[0] if rows else None


def fetch_rows(
    text: str, params: Mapping[str, Any] = NONE, *, is_binary: bool = False, plans_anew: bool = False
) -> list[tuple[Any, ...]]:
    """Returns the rows of the result. With `is_binary`, long `bytea` values are sent as bytes instead of hex digits.

    With `plans_anew`, the query is planned for the tables as they are now: a cached plan may be from when they were
    empty.
    """
    return _run(text, params, is_binary=is_binary, plans_anew=plans_anew).rows


def count_changed(text: str, params: Mapping[str, Any] = NONE) -> int:
    """Run a statement that changes rows. Returns the number of changed rows."""
    return _run(text, params).number


def copy_rows(text: str, rows: str) -> None:
    """Run `COPY … FROM STDIN` with rows in PostgreSQL's text format."""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor, cursor.copy(text) as copy:
        copy.write(rows)


def _run(text: str, params: Mapping[str, Any], *, is_binary: bool = False, plans_anew: bool = False) -> Result:
    """Run the statement without Django's wrapper around psycopg.

    The wrapper is only used to connect, if queries are being observed (`execute_wrapper`, `CaptureQueriesContext`), and
    to refuse statements in a transaction that must be rolled back.
    """
    database = connections[DEFAULT_DB_ALIAS]
    raw: PreparingConnection | None = database.connection
    if raw is None or database.queries_logged or database.execute_wrappers or database.needs_rollback:
        with database.cursor() as cursor:
            cursor.execute(text, params)
            return _result(cursor.cursor)
    with database.wrap_database_errors:
        if not plans_anew and (found := raw.prepared.execute(text, params, is_binary=is_binary)):
            return found
        return _result(raw.execute(text, params, prepare=False if plans_anew else None, binary=is_binary))


def _result(cursor: psycopg.Cursor[Any]) -> Result:
    return Result(cursor.fetchall() if cursor.description else [], cursor.rowcount)
