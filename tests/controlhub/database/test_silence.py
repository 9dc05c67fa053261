"""Waits for a server that does not respond are limited, but a slow statement does not mean a dead server."""

import socket
import tempfile
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from controlhub.database.postgres import base, ping
from tests import servers

pytestmark = pytest.mark.django_db


@contextmanager
def connected(**attributes):
    with base.BoundedConnection.connect(servers.database_url(), autocommit=True) as raw:
        pid = raw.info.backend_pid
        for name, value in attributes.items():
            setattr(raw, name, value)
        try:
            yield raw
        finally:  # otherwise the server would finish the statement
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


@pytest.fixture(autouse=True)
def heard():
    yield
    base._silent.clear()


def test_slow_statement_continues_if_the_server_responds():
    with connected(patience=0.05) as raw:
        assert raw.execute("SELECT 1 FROM pg_sleep(0.4)").fetchone() == (1,)
    assert not base._silent.is_set()


def test_statement_ends_if_the_server_does_not_respond(monkeypatch):
    monkeypatch.setattr(base, "answers", lambda *_: False)
    with connected(patience=0.05) as raw:
        with pytest.raises(base.SilentServerError, match=r"has not answered for 0\.05 seconds"):
            raw.execute("SELECT pg_sleep(60)")
        assert raw.closed
    assert base._silent.is_set()


def test_transaction_ends_if_the_server_does_not_respond(monkeypatch):
    monkeypatch.setattr(base, "answers", lambda *_: False)
    with connected(patience=0.05) as raw:
        with pytest.raises(base.SilentServerError), raw.transaction():
            raw.execute("SELECT pg_sleep(60)")
        assert raw.closed


def test_stuck_process_of_a_responding_server_has_a_time_limit():
    with connected(patience=0.05, limit=0.2) as raw, pytest.raises(base.SilentServerError):
        raw.execute("SELECT pg_sleep(60)")
    assert not base._silent.is_set()


def test_errors_of_slow_statements_are_raised():
    with connected(patience=0.05) as raw:
        with pytest.raises(psycopg.errors.DivisionByZero):
            raw.execute("SELECT 1 / (SELECT 0 FROM pg_sleep(0.2))")
        assert raw.execute("SELECT 1").fetchone() == (1,)


def test_running_server_is_alive():
    used = connection.settings_dict
    assert ping.answers(used["HOST"] or used["OPTIONS"]["host"], int(used["PORT"] or 5432), 5)


def test_silent_server_is_not_alive():
    with tempfile.TemporaryDirectory() as name, socket.socket() as server, socket.socket(socket.AF_UNIX) as local:
        folder = Path(name)  # short, because the kernel limits socket paths to about 100 characters
        server.bind(("127.0.0.1", 0))
        server.listen()
        assert not ping.answers("127.0.0.1", server.getsockname()[1], 0.05)
        local.bind(str(folder / ".s.PGSQL.1"))
        local.listen()
        assert not ping.answers(str(folder), 1, 0.05)


def test_missing_server_is_not_alive(tmp_path):
    assert not ping.answers("127.0.0.1", servers.free_port(), 1)
    assert not ping.answers(str(tmp_path), 1, 1)


def test_no_connection_is_attempted_after_a_silence(monkeypatch):
    base._silent.set()
    monkeypatch.setattr(base.BoundedConnection, "connect", lambda **_: pytest.fail("it was tried"))
    monkeypatch.setattr(base, "answers", lambda *_: False)
    with pytest.raises(base.SilentServerError):
        connection.get_new_connection({"host": "127.0.0.1", "port": 5432})


def test_first_connection_after_a_silence_ends_it():
    base._silent.set()
    connection.get_new_connection(connection.get_connection_params()).close()
    assert not base._silent.is_set()
