"""Transactional tests end with empty tables. A test that leaves rows fails itself, instead of those after it.

A request that a browser has abandoned may still hold locks while TRUNCATE waits for them, and PostgreSQL cancels one of
the two because of a deadlock. TRUNCATE is then retried.
"""

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from pytest_django.plugin import blocking_manager_key

ATTEMPTS = 5
LEFT = "SELECT EXISTS (SELECT FROM controlhub_organization)"
"""Almost every row belongs to an organization."""


def repeat_refused_flushes():
    """Retry flushes in this process if PostgreSQL cancels them, with at most ATTEMPTS attempts."""
    flush = connection.ops.execute_sql_flush

    def repeated(statements):
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return flush(statements)
            except OperationalError:
                if attempt == ATTEMPTS:
                    raise
                connection.close()

    connection.ops.execute_sql_flush = repeated


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item):
    """Check the tables after everything that the test has set up is torn down."""
    try:
        return (yield)
    finally:
        if connection.settings_dict["NAME"].startswith("test_"):
            with item.config.stash[blocking_manager_key].unblock():
                fail_if_rows_are_left(item.nodeid)


def fail_if_rows_are_left(test):
    connection.close_if_unusable_or_obsolete()  # a test may have closed it on the server
    with connection.cursor() as cursor:
        cursor.execute(LEFT)
        (are_left,) = cursor.fetchone()
    if are_left:
        call_command("flush", interactive=False, verbosity=0, reset_sequences=False)
        pytest.fail(f"{test} has left rows in the database", pytrace=False)
