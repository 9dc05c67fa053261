"""How long a process waits for the database: limits by kind of process, unless the environment sets others (0035)."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True)
class Limits:
    """Limits in milliseconds; 0 means no limit."""

    statement: int = 0
    lock: int = 0
    answer: int = 0


COMMANDS = Limits()
JOBS = Limits(answer=10_000)  # a job that is merely slow may continue
WEB = Limits(statement=15_000, lock=1_500, answer=2_000)
_kind = COMMANDS


def use(kind: Limits) -> None:
    """Set the kind of this process. Call it before a connection is opened."""
    global _kind  # noqa: PLW0603 — a process has one kind
    _kind = kind


def current() -> Limits:
    return Limits(
        statement=_chosen(settings.STATEMENT_TIMEOUT, _kind.statement),
        lock=_chosen(settings.LOCK_TIMEOUT, _kind.lock),
        answer=_chosen(settings.DATABASE_ANSWER_TIMEOUT, _kind.answer),
    )


def server_settings() -> Mapping[str, object]:
    """Returns PostgreSQL's settings for the connections of this process."""
    limits = current()
    return settings.SERVER_SETTINGS | {"statement_timeout": limits.statement, "lock_timeout": limits.lock}


def _chosen(setting: int | None, default: int) -> int:
    return default if setting is None else setting
