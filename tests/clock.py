"""Moves the clock in tests: that of the database, in all SQL and column defaults, and that of this process.

The functions in the schema `test_clock` shadow those of PostgreSQL if it comes first in the `search_path`. The IDs of
audit events, which contain a time, change accordingly.
"""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib import import_module
from unittest import mock
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection
from uuid_utils.compat import uuid7

from audit import record
from controlhub.database import clock

_FUNCTION = """
CREATE OR REPLACE FUNCTION test_clock.{name}() RETURNS timestamptz LANGUAGE sql STABLE AS $$
SELECT pg_catalog.{name}() + COALESCE(NULLIF(current_setting('test_clock.offset', true), ''), '0')::interval $$"""
_DEFAULTS = """
DO $$ DECLARE t record; BEGIN
    FOR t IN SELECT format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT test_clock.statement_timestamp()',
            d.adrelid::regclass, a.attname) AS change
        FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
        WHERE pg_get_expr(d.adbin, d.adrelid) IN ('statement_timestamp()', 'now()')
    LOOP EXECUTE t.change; END LOOP; END $$"""
_SET = "SELECT set_config('search_path', %s, false), set_config('test_clock.offset', %s, false)"
_PATH = '"$user", public'


def install_clock():
    """Prepare the test database, once."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA IF NOT EXISTS test_clock")
        cursor.execute("GRANT USAGE ON SCHEMA test_clock TO PUBLIC")
        for name in ("now", "statement_timestamp"):
            cursor.execute(_FUNCTION.format(name=name))
        cursor.execute(_DEFAULTS)


@pytest.fixture
def at(db, monkeypatch):
    """`at(days=31)`: from here on, the time is 31 days later than it really is. `at()` returns to the real time.

    Pages are imported first, because a module that imports the clock later would keep the changed one.
    """
    import_module(settings.ROOT_URLCONF)

    def move(**delta):
        offset = timedelta(**delta)
        monkeypatch.setattr(clock, "machine_now", lambda: datetime.now(UTC) + offset)
        monkeypatch.setattr(record, "uuid7", lambda: _id_at(offset))
        _move_database(offset)

    yield move
    if not connection.in_atomic_block:  # otherwise the rollback of the test's transaction undoes it
        _move_database(timedelta())


@contextmanager
def recorded_at(**delta):
    """Audit events in the block are recorded with their time shifted by this much."""
    offset = timedelta(**delta)
    _move_database(offset)
    with mock.patch.object(record, "uuid7", side_effect=lambda: _id_at(offset)):
        yield
    _move_database(timedelta())


def _id_at(offset):
    """A UUIDv7 from a different time. The first 48 bits are milliseconds."""
    return UUID(int=uuid7().int + (int(offset.total_seconds() * 1000) << 80))


def _move_database(offset):
    path = f"test_clock, {_PATH}, pg_catalog" if offset else _PATH
    with connection.cursor() as cursor:
        cursor.execute(_SET, [path, f"{offset.total_seconds()} seconds"])
