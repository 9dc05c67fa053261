"""Evaluates alerts: reads each event of the sealed log once per alert, and detects stalled streams.

An alert's position, its counts and everything that a firing writes are saved in one transaction: if a process dies
halfway, nothing has changed and the next process repeats the step. Without new events, a run costs one lookup in the
index `audit_leaf_position` for each alert.
"""

import logging
import time
from collections import defaultdict
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from audit.alerts.counting import Rule, observe
from audit.alerts.events import InvalidFilterError, question_of
from audit.models import AuditEvent
from controlhub.actions.firings import Cause, fire
from controlhub.actions.streams import find_newest_position
from controlhub.database import clock
from controlhub.models import Alert, AlertFiring, AlertTrigger
from controlhub.sql.alerts import DUE, STALLED
from controlhub.sql.audit_lists import following
from controlhub.sql.statements import fetch_row, fetch_rows

logger = logging.getLogger(__name__)
WINDOW = 2_000
"""The maximum number of sealed events that one step reads."""
RUN_SECONDS = 5.0


def evaluate_alerts() -> int:
    """Evaluate alerts against new events. Returns the number of firings."""
    until, fired = time.monotonic() + RUN_SECONDS, report_stalled_streams()
    failed: list[UUID] = []
    while time.monotonic() < until:
        found = _step(failed)
        if found is None:
            break
        fired += found
    return fired


def _step(failed: list[UUID]) -> int | None:
    """Evaluate the next due alert. Returns None if no alert is due. An alert that fails does not delay the others."""
    pk = None
    try:
        with transaction.atomic():
            row = fetch_row(DUE, {"but": failed})
            if row is None:
                return None
            pk = row[0]
            return _look(Alert.objects.select_related("organization").get(pk=pk))
    except Exception:
        if pk is None:
            raise
        logger.exception("Alert %s cannot be evaluated", pk)
        failed.append(pk)
        return 0


def _look(alert: Alert) -> int:
    """Count the next events of a locked alert, and fire if there are enough. Returns the number of firings."""
    try:
        question = question_of(alert)
    except InvalidFilterError as error:
        alert.error, alert.position = str(error)[:500], find_newest_position(alert.organization) + 1
        alert.waiting = 0
        alert.save(update_fields=["error", "position", "waiting"])
        return 0
    rows = following(question.conditions, question.params, position=alert.position, most=WINDOW)
    ids = [pk for pk, _place, is_wanted in rows if is_wanted]
    new = list(AuditEvent.objects.filter(pk__in=ids).values_list("created_at", flat=True)) if ids else []
    seen = observe(Rule(alert.threshold, alert.window), alert.recent, new)
    alert.recent = list(seen.recent)
    if rows:
        alert.position = rows[-1][1] + 1
    if seen.is_met:
        alert.waiting_since = min(seen.times[0], alert.waiting_since or seen.times[0])
        alert.waiting += len(new) if alert.waiting else len(seen.times)
    alert.save(update_fields=["recent", "position", "waiting", "waiting_since"])
    now = clock.machine_now()
    if not alert.waiting or alert.waiting_since is None or (alert.quiet_until and alert.quiet_until > now):
        return 0
    last = max(new, default=max(alert.recent, default=now))
    fire(alert, Cause(alert.waiting, alert.waiting_since, max(last, alert.waiting_since)))
    return 1


def report_stalled_streams() -> int:
    """Fire once for each stalled stream, and end firings of streams that resumed. Returns the number of firings."""
    stalled: dict[UUID, list[Cause]] = defaultdict(list)
    now = clock.machine_now()
    for alert_id, stream_id, name, number, since in fetch_rows(STALLED):
        stalled[alert_id].append(Cause(number, since, now, str(stream_id), name))
    still = {(pk, cause.subject) for pk, causes in stalled.items() for cause in causes}
    ended = [
        firing.pk
        for firing in AlertFiring.objects.filter(ended_at=None).exclude(subject="")
        if (firing.alert_id, firing.subject) not in still
    ]
    if ended:
        AlertFiring.objects.filter(pk__in=ended).update(ended_at=Now())
    return sum(_report(pk, causes) for pk, causes in stalled.items())


@transaction.atomic
def _report(pk: UUID, causes: list[Cause]) -> int:
    locked = Alert.objects.select_for_update(of=("self",), skip_locked=True).select_related("organization")
    alert = locked.filter(pk=pk, is_paused=False, trigger=AlertTrigger.STREAM).first()
    if alert is None:
        return 0
    told = set(AlertFiring.objects.filter(alert=alert, ended_at=None).values_list("subject", flat=True))
    news = [cause for cause in causes if cause.subject not in told]
    for cause in news:
        fire(alert, cause)
    return len(news)
