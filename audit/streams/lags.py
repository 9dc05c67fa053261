"""Measures how many events wait for each stream, for the chart of its last six hours."""

from datetime import timedelta

from controlhub.sql.statements import count_changed, execute
from controlhub.sql.streams import FORGET_LAGS, MEASURE_LAGS

STEP = timedelta(minutes=10)
STEPS = 36
"""The number of rows kept per stream, not counting the one that is deleted next."""


def measure_lags() -> int:
    """Record how many events wait, and delete rows older than six hours. Returns the number of streams."""
    measured = count_changed(MEASURE_LAGS, {"step": STEP})
    execute(FORGET_LAGS, {"kept": STEP * STEPS})
    return measured
