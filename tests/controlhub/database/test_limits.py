"""Database timeouts for each kind of process."""

import pytest

from controlhub.database import limits


@pytest.fixture
def kind(monkeypatch):
    """Returns a function that makes this process one of the given kind."""
    return lambda kind: monkeypatch.setattr(limits, "_kind", kind)


@pytest.mark.parametrize("limit", [limits.COMMANDS, limits.JOBS, limits.WEB])
def test_process_has_the_timeouts_of_its_kind(kind, limit):
    kind(limit)
    assert limits.current() == limit
    assert limits.server_settings()["lock_timeout"] == limit.lock


def test_environment_has_precedence(kind, settings):
    kind(limits.WEB)
    settings.STATEMENT_TIMEOUT = 0
    settings.LOCK_TIMEOUT = 3_000
    assert limits.current() == limits.Limits(statement=0, lock=3_000, answer=limits.WEB.answer)
