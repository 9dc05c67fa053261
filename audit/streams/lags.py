"""How many events wait for each stream, measured for the chart of its last six hours."""

from datetime import timedelta

from controlhub.sql.statements import count_changed, execute
from controlhub.sql.streams import FORGET_LAGS, MEASURE_LAGS

STEP = timedelta(minutes=10)
STEPS = 36
"""Rows of a stream that are kept, apart from the one that is about to be forgotten."""


def measure_lags() -> int:
    """Note how many events wait, and forget what is older than six hours. Returns the number of streams."""
    measured = count_changed(MEASURE_LAGS, {"step": STEP})
    execute(FORGET_LAGS, {"kept": STEP * STEPS})
    return measured
