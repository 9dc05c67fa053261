"""The events that an alert matches, given as a filter of the log's page, and how often it would have fired."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import QueryDict

from audit.alerts.counting import Rule, firings
from audit.lists.criteria import FILTERS, Criteria, InvalidFilterError
from audit.lists.questions import Question, general_question
from audit.vocabulary import AuditAction
from controlhub.database import clock
from controlhub.models import Alert, AlertTrigger, Organization
from controlhub.sql.audit_lists import newest_times
from controlhub.user_lists.counts import Count
from controlhub.user_lists.pages import TooBroadError, deadline

__all__ = ["InvalidFilterError", "Outlook", "kept_query", "outlook", "question_of"]
KEPT = ("tab", *FILTERS, "not")
PAST = timedelta(days=30)
MOST_SIMULATED = 2_000
"""The maximum number of events in a simulation of the past, newest first."""
SECONDS = 1.0
NEW_FULL_ADMINS = (AuditAction.ROLE_ASSIGNED, AuditAction.GROUP_MAPPED, AuditAction.MEMBERS_CHANGED)
UNCOUNTED = {AuditAction.ALERT_FIRED.value, AuditAction.ALERT_TESTED.value}
"""Alerts do not match firings and tests of alerts, because they would trigger themselves."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """How often an alert would have fired in the last 30 days, how many events it would have seen, and when.

    `times` are those of the newest events, at most MOST_SIMULATED.
    """

    fired: Count
    events: Count
    times: Sequence[datetime]


def kept_query(query: str | QueryDict) -> str:
    """The part of a query string that an alert stores: no dates, no search, no columns.

    Raises InvalidFilterError if the log's page does not accept it.
    """
    given = QueryDict(query) if isinstance(query, str) else query
    kept = QueryDict(mutable=True)
    for name in KEPT:
        if values := [text.strip() for text in given.getlist(name) if text.strip()]:
            kept.setlist(name, values)
    Criteria.read(kept)
    return str(kept.urlencode())


def question_of(alert: Alert) -> Question:
    """The question for the alert's filter. Raises InvalidFilterError if the filter is no longer valid."""
    return _question(alert.organization, AlertTrigger(alert.trigger), alert.query)


def _question(organization: Organization, trigger: AlertTrigger, query: str) -> Question:
    criteria = Criteria.read("" if trigger == AlertTrigger.FULL_ADMIN else query)
    question, _is_cut = general_question(organization, criteria)
    if trigger == AlertTrigger.FULL_ADMIN:
        return question.also("new_full_admin", actions=[action.value for action in NEW_FULL_ADMINS])
    actions = [name for name in question.params["actions"] if name not in UNCOUNTED]
    return question.also(actions=actions)


def outlook(organization: Organization, trigger: AlertTrigger, query: str, rule: Rule) -> Outlook | None:
    """Simulate the alert for the last 30 days. Returns None if the events cannot be counted, or not within a second."""
    if not trigger.counts_events:
        return None
    times = _times(organization, trigger, query)
    if times is None:
        return None
    is_all = len(times) <= MOST_SIMULATED
    judged = times[:MOST_SIMULATED]
    found = firings(rule, judged)
    return Outlook(Count(len(found), is_all), Count.up_to(MOST_SIMULATED, len(times)), judged)


def _times(organization: Organization, trigger: AlertTrigger, query: str) -> Sequence[datetime] | None:
    """The times of the newest events, at most MOST_SIMULATED + 1; None if they cannot be read."""
    try:
        question = _question(organization, trigger, query)
        question = question.also("since", since=clock.machine_now() - PAST)
        with deadline(SECONDS):
            return newest_times(question.key, question.conditions, question.params, most=MOST_SIMULATED + 1)
    except (InvalidFilterError, TooBroadError):
        return None
