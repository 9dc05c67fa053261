"""Concurrent requests, each in a thread with its own database connection."""

from concurrent.futures import ThreadPoolExecutor

from django.db import connection


def at_once(threads, work):
    """The results of `work(index)` in this many threads."""

    def run(index):
        try:
            return work(index)
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, range(threads)))


def waiting_for_locks():
    """The number of connections to this database that wait for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # within a transaction, the first result would be repeated
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return cursor.fetchone()[0]
