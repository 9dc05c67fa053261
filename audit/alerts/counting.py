"""Counts events in a sliding time window. Pure functions."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Rule:
    """Met by at least `threshold` events, all less than `window` after the first."""

    threshold: int
    window: timedelta


@dataclass(frozen=True, slots=True)
class Observed:
    """Whether the new events meet the rule, the times that were counted, and those that can still count later."""

    is_met: bool
    times: Sequence[datetime]
    recent: Sequence[datetime]


def observe(rule: Rule, recent: Iterable[datetime], new: Iterable[datetime]) -> Observed:
    """Apply the rule to `recent` events and new ones, in any order. Recent events alone cannot meet the rule."""
    arrived = sorted(new)
    times = sorted([*recent, *arrived])
    if not arrived:
        return Observed(False, (), times)
    met = [index for index in _met(rule, times) if times[index] >= arrived[0]]
    last = times[met[-1]] if met else times[-1]
    counted = [time for time in times if last - rule.window < time <= last]
    kept = [time for time in times if time > times[-1] - rule.window]
    return Observed(bool(met), counted, kept[-(rule.threshold - 1) :] if rule.threshold > 1 else ())


def firings(rule: Rule, times: Iterable[datetime]) -> list[datetime]:
    """The times at which the rule would have fired, at most once per window."""
    ordered, found = sorted(times), list[datetime]()
    for index in _met(rule, ordered):
        if not found or ordered[index] >= found[-1] + rule.window:
            found.append(ordered[index])
    return found


def peaks(window: timedelta, times: Iterable[datetime], bounds: Sequence[datetime]) -> list[int]:
    """For each interval between two bounds, the largest number of events in a window that ends in the interval."""
    ordered, first = sorted(times), 0
    found = [0] * (len(bounds) - 1)
    for index, time in enumerate(ordered):
        while ordered[first] <= time - window:
            first += 1
        part = bisect_right(bounds, time) - 1
        if 0 <= part < len(found):
            found[part] = max(found[part], index - first + 1)
    return found


def _met(rule: Rule, times: Sequence[datetime]) -> list[int]:
    """The indexes of the events with which the number of events in the window reaches the threshold."""
    first = rule.threshold - 1
    return [index for index in range(first, len(times)) if times[index] - times[index - first] < rule.window]
