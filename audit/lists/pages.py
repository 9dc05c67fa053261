"""One page of the log, newest first, at the same cost at any depth; the number of events; and the histogram."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from audit.lists.places import Place
from audit.lists.questions import SECONDS, Question, Questions
from audit.models import AuditEvent, AuditEventQuerySet
from audit.personal import attach
from controlhub.sql import audit_lists
from controlhub.user_lists.counts import MOST_COUNTED, Count
from controlhub.user_lists.pages import TooBroadError, deadline

COUNT_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Page:
    """Events, newest first, and whether there are newer and older ones."""

    events: Sequence[AuditEvent]
    has_newer: bool = False
    has_older: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """The number of events from `start` to before `stop`, and of their failures, both counted up to `most_in_bar`."""

    start: datetime
    stop: datetime
    number: Count
    failed: Count


def load_page(questions: Questions, place: Place, *, size: int) -> Page:
    """A page of at most `size` events. Raises TooBroadError if the filters would read too many."""
    values = {"at": place.moment, "at_id": place.last_id if questions.is_by_id else place.event_id}
    conditions = place.conditions_by_id if questions.is_by_id else place.conditions
    with deadline(SECONDS):
        ids = [
            pk
            for question in questions.each
            for pk in audit_lists.newest(
                question.key,
                (*question.conditions, *conditions),
                {**question.params, **values},
                most=size + 1,
                is_ascending=place.is_newer,
            )
        ]
    events = attach(_in_order(AuditEvent.objects.filter(pk__in=ids), questions, place))
    has_more, shown = len(events) > size, events[:size]
    if place.is_newer:
        return Page(shown[::-1], has_newer=has_more, has_older=True)
    return Page(shown, has_newer=place.moment is not None, has_older=has_more)


def _in_order(found: AuditEventQuerySet, questions: Questions, place: Place) -> AuditEventQuerySet:
    names = ("id",) if questions.is_by_id else ("created_at", "id")
    return found.order_by(*(name if place.is_newer else f"-{name}" for name in names))


def count_events(questions: Questions, *, most: int = MOST_COUNTED) -> Count | None:
    """The number of events, counted up to `most`; None if counting takes too long."""
    try:
        with deadline(COUNT_SECONDS):
            number = sum(
                audit_lists.count(question.key, question.conditions, question.params, most=most + 1)
                for question in questions.each
            )
    except TooBroadError:
        return None
    return Count.up_to(most, number)


def bars_of(questions: Questions, bounds: Sequence[datetime]) -> list[Bar]:
    """A bar for each interval between two bounds; [] if counting takes too long."""
    most = questions.most_in_bar
    try:
        with deadline(COUNT_SECONDS):
            numbers = _numbers(questions.each, bounds, most)
            failures = tuple(question.failures for question in questions.each)
            failed = numbers if failures == questions.each else _numbers(failures, bounds, most)
    except TooBroadError:
        return []
    rows = zip(bounds[:-1], bounds[1:], numbers, failed, strict=True)
    return [
        Bar(start, stop, Count.up_to(most, number), Count.up_to(most, min(wrong, number)))
        for start, stop, number, wrong in rows
    ]


def _numbers(questions: Sequence[Question], bounds: Sequence[datetime], most: int) -> list[int]:
    """The number of events that the questions find together in each interval between two bounds."""
    found = [
        audit_lists.histogram(question.key, question.conditions, question.params, bounds=bounds, most=most + 1)
        for question in questions
    ]
    return [sum(numbers) for numbers in zip(*found, strict=True)]
