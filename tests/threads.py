"""Requests at the same time, each in a thread with its own database connection."""

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
