"""Statements: a constant text with named parameters, and their values. Only here is a cursor opened."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections

from controlhub.sql.prepared import PreparingConnection, Result


class OvertakenError(Exception):
    """The row has changed since it was read, or the change needs it locked: read it again, locked."""


class Statement(NamedTuple):
    """A change that is still to be made, with its audit event (`controlhub.sql.events`).

    The text takes the parameters of the event too. It returns no row where it changed nothing.
    """

    text: str
    params: Mapping[str, Any]


NONE: Mapping[str, Any] = MappingProxyType({})


def execute(text: str, params: Mapping[str, Any] = NONE) -> None:
    _run(text, params)


def fetch_row(text: str, params: Mapping[str, Any] = NONE) -> tuple[Any, ...] | None:
    """The first row of the result, None if there is none."""
    rows = _run(text, params).rows
    return rows[0] if rows else None


def fetch_rows(
    text: str, params: Mapping[str, Any] = NONE, *, is_binary: bool = False, plans_anew: bool = False
) -> list[tuple[Any, ...]]:
    """The rows of the result. With `is_binary`, the database sends long `bytea` values as they are, not as digits.

    With `plans_anew`, it is planned for the tables as they are now: a kept plan is from when they may have been empty.
    """
    return _run(text, params, is_binary=is_binary, plans_anew=plans_anew).rows


def count_changed(text: str, params: Mapping[str, Any] = NONE) -> int:
    """Run a statement that changes rows. Returns their number."""
    return _run(text, params).number


def copy_rows(text: str, rows: str) -> None:
    """Run `COPY … FROM STDIN` with rows in PostgreSQL's text format."""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor, cursor.copy(text) as copy:
        copy.write(rows)


def _run(text: str, params: Mapping[str, Any], *, is_binary: bool = False, plans_anew: bool = False) -> Result:
    """Run the statement without Django's wrapper around psycopg.

    The wrapper is only used when somebody listens (`execute_wrapper`, `CaptureQueriesContext`), to connect, and to
    refuse statements in a transaction that has to be rolled back.
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
