"""The one way to move the clock in tests: of the database, in all SQL and all defaults of columns, and of this process.

The functions of the schema `test_clock` shadow PostgreSQL's own where it comes first in the `search_path`.
The ids of audit events, which hold a time, move along.
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
    """`at(days=31)`: from here on it is 31 days later than it really is; `at()` goes back to the real time.

    Pages are imported before: a module that imports the clock later would keep the moved one.
    """
    import_module(settings.ROOT_URLCONF)

    def move(**delta):
        offset = timedelta(**delta)
        monkeypatch.setattr(clock, "machine_now", lambda: datetime.now(UTC) + offset)
        monkeypatch.setattr(record, "uuid7", lambda: _id_at(offset))
        _move_database(offset)

    yield move
    if not connection.in_atomic_block:  # otherwise the end of the test's transaction undoes it
        _move_database(timedelta())


@contextmanager
def recorded_at(**delta):
    """Audit events of the block are recorded so much later than they really are."""
    offset = timedelta(**delta)
    _move_database(offset)
    with mock.patch.object(record, "uuid7", side_effect=lambda: _id_at(offset)):
        yield
    _move_database(timedelta())


def _id_at(offset):
    """A UUIDv7 of another time: its first 48 bits are milliseconds."""
    return UUID(int=uuid7().int + (int(offset.total_seconds() * 1000) << 80))


def _move_database(offset):
    path = f"test_clock, {_PATH}, pg_catalog" if offset else _PATH
    with connection.cursor() as cursor:
        cursor.execute(_SET, [path, f"{offset.total_seconds()} seconds"])
