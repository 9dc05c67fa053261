"""Failures of the database that are not the request's fault: a retry may succeed."""

from collections.abc import Callable
from contextlib import nullcontext
from typing import TypeVar

from django.conf import settings
from django.db import Error, InterfaceError, OperationalError, connection, transaction

T = TypeVar("T")
_REASONS = {
    "23503": "lost a race with another transaction",  # which removed a row that this one refers to
    "25006": "read-only",
    "25P03": "idle in a transaction for too long",
    "40": "lost a race with another transaction",
    "53100": "disk full",
    "53200": "out of memory",
    "53300": "too many connections",
    "53": "out of resources",
    "55P03": "lock wait",
    "55006": "object in use",
    "57014": "statement timeout",
    "57P01": "terminated by an administrator, or shutting down",
    "57P02": "crashed, or killed",
    "57P03": "starting up, shutting down or recovering",
    "57P04": "the database was dropped",
    "57P05": "idle for too long",
    "58": "input/output error",
    "08": "connection lost",
}
"""Reasons by SQLSTATE, or by the class with which it begins (PostgreSQL's documentation, appendix A)."""
_CLEARER_MESSAGES = {
    "query_wait_timeout": "pool exhausted",
    "no more connections allowed": "pool exhausted",
    "server_login_retry": "the pooler cannot reach the database",
    "pgbouncer cannot connect": "the pooler cannot reach the database",
    "due to user request": "canceled by an administrator",
}
"""Messages that say more than their SQLSTATE: pgbouncer uses one for all of its own failures."""
_MESSAGES = {
    "stopped answering": "does not answer",
    "has not answered": "does not answer",
    "timeout expired": "does not answer",
    "too many clients": "too many connections",
    "connection slots": "too many connections",
    "too many connections": "too many connections",
    "starting up": "starting up",
    "shutting down": "shutting down",
    "recovery mode": "recovering",
    "terminating connection": "terminated by an administrator, or shutting down",
    "server closed the connection unexpectedly": "connection lost: the server process ended",
    "not yet accepting connections": "starting up",
    "Connection refused": "not running",
    "No such file or directory": "not running",
}
"""Failures to connect have no SQLSTATE. These messages are libpq's, PostgreSQL's and ours."""
_WRITE_REFUSALS = {"25006", "53100", "55P03"}
_READ_ONLY_PARAMETERS = (b"default_transaction_read_only", b"in_hot_standby")


def reason_of(error: BaseException) -> str | None:
    """Returns why the database cannot work now, in words for the log, or None if the error has another cause."""
    if not isinstance(error, Error):
        return None
    state, text = _state(error), str(error)
    if isinstance(error, OperationalError) and (reason := _find(_CLEARER_MESSAGES, text)):
        return f"{reason} ({state})" if state else reason
    for key in (state, state[:2]):
        if key in _REASONS:
            return f"{_REASONS[key]} ({state})"
    if not isinstance(error, OperationalError | InterfaceError):
        return None
    other = f"error {state}" if state else "connection lost"
    return _find(_MESSAGES, text) or other


def _find(reasons: dict[str, str], text: str) -> str | None:
    """Returns the reason whose phrase occurs in the text."""
    return next((reason for phrase, reason in reasons.items() if phrase in text), None)


def refuses_writes(error: BaseException) -> bool:
    """Whether the database may still serve reads: it is read-only or full, or another transaction holds the row."""
    return isinstance(error, Error) and _state(error) in _WRITE_REFUSALS


def is_lock_wait(error: BaseException) -> bool:
    """Whether a row was locked for longer than the statement was allowed to wait."""
    return isinstance(error, Error) and _state(error) == "55P03"


def affects_others(error: BaseException) -> bool:
    """Whether another statement would probably fail or wait, too. False if this one was slow or lost a race."""
    return reason_of(error) is not None and not _state(error).startswith(("23503", "40", "57014"))


def is_read_only() -> bool:
    """Whether the server has reported on this connection that it is a standby, or read-only. Needs no statement.

    Reports through a pooler are ignored, because they may be outdated or come from another server.
    """
    raw = connection.connection
    if raw is None or settings.DATABASE_POOLER:
        return False
    return any(raw.pgconn.parameter_status(name) == b"on" for name in _READ_ONLY_PARAMETERS)


def with_note(noting: Callable[[], T], without: Callable[[], T]) -> T:
    """Returns the result of `noting`, which reads and also writes a note.

    If nothing can be written now, returns the result of `without`, which only reads: no read depends on a write.
    """
    if is_read_only():
        return without()
    try:
        with transaction.atomic() if connection.in_atomic_block else nullcontext():
            return noting()
    except Error as error:
        if not refuses_writes(error):
            raise
    return without()


def _state(error: BaseException) -> str:
    """Returns the SQLSTATE, or ""."""
    return getattr(error.__cause__, "sqlstate", None) or ""
