"""When events are many enough: a window that slides over their times. Pure functions."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Rule:
    """At least `threshold` events, each less than `window` after the first of them."""

    threshold: int
    window: timedelta


@dataclass(frozen=True, slots=True)
class Observed:
    """Whether the rule is met with the new events, by which times, and the times that can still count later."""

    is_met: bool
    times: Sequence[datetime]
    recent: Sequence[datetime]


def observe(rule: Rule, recent: Iterable[datetime], new: Iterable[datetime]) -> Observed:
    """Look at new events, in any order, after `recent` ones. Events that came before cannot meet the rule alone."""
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
    """When the rule would have fired, at most once in a window."""
    ordered, found = sorted(times), list[datetime]()
    for index in _met(rule, ordered):
        if not found or ordered[index] >= found[-1] + rule.window:
            found.append(ordered[index])
    return found


def peaks(window: timedelta, times: Iterable[datetime], bounds: Sequence[datetime]) -> list[int]:
    """For each part of time between two bounds, the most events of a window whose last event is in it."""
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
    """The events, by their index, that are the last of enough within the window."""
    first = rule.threshold - 1
    return [index for index in range(first, len(times)) if times[index] - times[index - first] < rule.window]
