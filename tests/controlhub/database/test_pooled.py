"""The backend for poolers: settings apply to one transaction, are sent with it, and leave no state in the session."""

import copy
import subprocess
import sys
import tempfile

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import InternalError, OperationalError, connection, connections, transaction

from controlhub import env
from controlhub.database import limits
from controlhub.database.postgres import pooled
from controlhub.database.postgres.pooled import base
from tests import servers

pytestmark = pytest.mark.django_db
ALIAS = "pooler"
SHOW = "SELECT current_setting('jit'), current_setting('statement_timeout')"
INSIDE, OUTSIDE = ("off", "15s"), ("on", "0")


@pytest.fixture
def pooler(monkeypatch):
    """A connection to a pooler as opened by a web server."""
    use(monkeypatch, limits.WEB)
    settings = copy.deepcopy(connection.settings_dict) | {
        "ENGINE": pooled.__name__,
        "DISABLE_SERVER_SIDE_CURSORS": True,
    }
    settings["OPTIONS"] |= {"prepare_threshold": None}
    wrapper = base.DatabaseWrapper(settings, ALIAS)
    connections[ALIAS] = wrapper
    yield wrapper
    wrapper.close()
    del connections[ALIAS]
    forget()


def use(monkeypatch, kind):
    """Make this process one of this kind."""
    monkeypatch.setattr(limits, "_kind", kind)
    forget()


def forget():
    for cached in (base.begin, base.set_local, base.has_limits):
        cached.cache_clear()


def atomic(pooler):
    return transaction.atomic(using=pooler.alias)


def round_trips(pooler, work):
    """The number of times that the server was ready for the next query, according to libpq's trace."""
    with tempfile.TemporaryFile("w+") as trace:
        pooler.connection.pgconn.trace(trace.fileno())
        work()
        pooler.connection.pgconn.untrace()
        trace.seek(0)
        return trace.read().count("ReadyForQuery")


def ask(pooler, query, params=None):
    with pooler.cursor() as cursor:
        cursor.execute(query, params)
        return cursor.fetchone()


def of_session(pooler):
    """The settings that the next user of this server connection would find."""
    return psycopg.Cursor(pooler.connection).execute(SHOW).fetchone()


def test_single_statement_applies_settings_and_resets_them(pooler):
    assert ask(pooler, SHOW) == INSIDE
    assert ask(pooler, f"{SHOW}, %s", [1]) == (*INSIDE, 1)
    assert of_session(pooler) == OUTSIDE


def test_transaction_applies_settings_and_resets_them(pooler):
    with atomic(pooler):
        assert ask(pooler, SHOW) == INSIDE
        assert of_session(pooler) == INSIDE
    assert of_session(pooler) == OUTSIDE


def test_statement_timeout_applies_with_and_without_a_transaction(pooler, monkeypatch):
    use(monkeypatch, limits.Limits(statement=20))
    with pytest.raises(OperationalError) as alone:
        ask(pooler, "SELECT pg_sleep(60)")
    with pytest.raises(OperationalError) as inside, atomic(pooler):
        ask(pooler, "SELECT pg_sleep(60)")
    assert {error.value.__cause__.sqlstate for error in (alone, inside)} == {"57014"}
    assert ask(pooler, "SELECT 1") == (1,)


def test_failed_transaction_is_rolled_back(pooler):
    ask(pooler, "SELECT 1")
    psycopg.Cursor(pooler.connection).execute("CREATE TEMP TABLE kept (number int)")
    with pytest.raises(ZeroDivisionError), atomic(pooler):
        with pooler.cursor() as cursor:
            cursor.execute("INSERT INTO kept VALUES (1)")
        raise ZeroDivisionError
    with atomic(pooler), pooler.cursor() as cursor:
        cursor.execute("INSERT INTO kept VALUES (2)")
    assert ask(pooler, "SELECT array_agg(number) FROM kept") == ([2],)
    assert of_session(pooler) == OUTSIDE


def test_no_statement_is_prepared(pooler):
    for number in range(8):
        ask(pooler, "SELECT %s::int", [number])
    assert ask(pooler, "SELECT count(*) FROM pg_prepared_statements") == (0,)


def test_settings_need_no_extra_round_trip(pooler):
    ask(pooler, "SELECT 1")
    assert round_trips(pooler, lambda: ask(pooler, "SELECT %s::int", [1])) == 1

    def work():
        with atomic(pooler):
            ask(pooler, "SELECT 1")

    assert round_trips(pooler, work) == 3, "BEGIN, the statement, COMMIT: as without a pooler"


def test_commands_can_run_statements_that_refuse_a_transaction(pooler, monkeypatch):
    with pooler.cursor() as cursor:
        with pytest.raises(InternalError, match="inside a transaction block"):
            cursor.execute("VACUUM controlhub_scheduledjob")
        use(monkeypatch, limits.COMMANDS)
        cursor.execute("VACUUM controlhub_scheduledjob")


def test_setting_selects_the_backend():
    program = "from django.conf import settings; print(settings.DATABASES['default']['ENGINE'])"

    def engine(**more):
        run = [sys.executable, "-c", program]
        more["DJANGO_SETTINGS_MODULE"] = "controlhub.settings"
        env = servers.environment(**more)
        done = subprocess.run(run, env=env, cwd=servers.ROOT, capture_output=True, check=True, text=True)
        return done.stdout.strip()

    assert engine() == "controlhub.database.postgres"
    assert engine(DATABASE_POOLER="transaction") == pooled.__name__


def test_unknown_value_is_refused(monkeypatch):
    monkeypatch.setenv("DATABASE_POOLER", "yes")
    with pytest.raises(ImproperlyConfigured, match="DATABASE_POOLER is 'yes', but it must be transaction, or unset"):
        env.choice("DATABASE_POOLER", ("", "transaction"))
