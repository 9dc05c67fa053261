"""When an alert has enough events to fire."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.alerts.counting import Rule, firings, observe, peaks

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
THREE_IN_TEN = Rule(3, timedelta(minutes=10))


def minutes(*numbers):
    return [NOON + timedelta(minutes=number) for number in numbers]


@pytest.mark.parametrize(
    ("recent", "new", "is_met", "counted"),
    [
        ((), (0, 1), False, (0, 1)),
        ((), (0, 1, 9.9), True, (0, 1, 9.9)),
        ((), (0, 1, 10), False, (1, 10)),
        ((0, 1), (9,), True, (0, 1, 9)),
        ((0, 1), (11,), False, (11,)),
        ((5, 6), (1,), True, (1, 5, 6)),
        ((0, 1), (), False, ()),
        ((), (0, 1, 2, 3, 60), True, (0, 1, 2, 3)),
    ],
)
def test_events_within_the_window_count_together(recent, new, is_met, counted):
    seen = observe(THREE_IN_TEN, minutes(*recent), minutes(*new))
    assert (seen.is_met, list(seen.times)) == (is_met, minutes(*counted))


def test_keeps_only_times_that_can_count_later():
    assert list(observe(THREE_IN_TEN, (), minutes(*range(9))).recent) == minutes(7, 8)
    assert list(observe(THREE_IN_TEN, (), minutes(0, 20)).recent) == minutes(20)
    assert list(observe(Rule(1, timedelta(minutes=1)), (), minutes(0, 20)).recent) == []


def test_past_firings_are_at_least_one_window_apart():
    assert firings(THREE_IN_TEN, minutes(0, 1, 2, 3, 4, 11, 12, 13)) == minutes(2, 12)
    assert firings(Rule(1, timedelta(minutes=10)), minutes(5, 0, 9, 10)) == minutes(0, 10)


@given(times=st.lists(st.integers(0, 600), max_size=40), window=st.integers(1, 300))
def test_peaks_are_the_highest_counts_at_any_event(times, window):
    bounds = minutes(0, 100, 250, 601)
    expected = [0, 0, 0]
    for last in times:
        part = 0 if last < 100 else 1 if last < 250 else 2
        expected[part] = max(expected[part], sum(last - window < time <= last for time in times))
    assert peaks(timedelta(minutes=window), minutes(*times), bounds) == expected
    assert peaks(timedelta(minutes=window), minutes(-5, 601), bounds) == [0, 0, 0]


@given(
    times=st.lists(st.integers(0, 600), max_size=40),
    cuts=st.lists(st.integers(0, 40), max_size=5),
    threshold=st.integers(1, 6),
)
def test_result_does_not_depend_on_how_events_are_batched(times, cuts, threshold):
    rule, ordered = Rule(threshold, timedelta(minutes=60)), minutes(*sorted(times))
    bounds = sorted({0, len(ordered), *(cut for cut in cuts if cut < len(ordered))})
    recent, is_met = (), False
    for start, stop in pairwise(bounds):
        seen = observe(rule, recent, ordered[start:stop])
        recent, is_met = seen.recent, is_met or seen.is_met
    assert is_met == bool(firings(rule, ordered))
