"""`python -m bench attacks`: malicious clients, each for a limited time, and how well the service withstands them.

One module for each attack, with a name and a function `run` that yields figures. All of it stays on this machine.
"""

from bench.attacks import (
    fair_share,
    request_work,
    rows,
    searches,
    sizes,
    slow_connections,
    stalls,
    strange_requests,
)

ATTACKS = (slow_connections, strange_requests, request_work, searches, fair_share, sizes, stalls, rows)
NEED_PROCESSES = {fair_share, stalls, rows}
"""Attacks that inspect the database or the processes, so they cannot run against a given URL."""
