"""Reclaims the space of rows that tests have rolled back, which later tests would have to read past.

100,000 such rows made the pages of a later test take eight times as long.
"""

import time

import pytest
from django.db import connection
from pytest_django.plugin import blocking_manager_key

SLOW_SECONDS = 1.0
"""Only tests that take longer can have left many rows."""
LARGE_BYTES = 1_000_000
LARGE = """
SELECT oid::regclass::text FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > %s"""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    started = time.monotonic()
    outcome = yield
    has_database = connection.settings_dict["NAME"].startswith("test_")
    if time.monotonic() - started > SLOW_SECONDS and has_database:
        with item.config.stash[blocking_manager_key].unblock():
            vacuum_large_tables()
    return outcome


def vacuum_large_tables():
    with connection.cursor() as cursor:
        cursor.execute(LARGE, [LARGE_BYTES])
        for (table,) in cursor.fetchall():
            cursor.execute(f"VACUUM (ANALYZE) {table}")
