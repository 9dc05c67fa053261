"""Requests to alert receivers: one signed CloudEvent per firing, retried for two days. Tests are sent once.

Like stream batches, they are sent in parallel threads, so that a receiver that hangs does not delay the others.
"""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import orjson
from django.conf import settings

from audit.streams.answers import NotDeliveredError
from audit.streams.delivery import send
from audit.streams.messages import Message, signature
from controlhub.database.clock import machine_now
from controlhub.models import AlertFiring
from controlhub.models.streams import NO_SECRET
from controlhub.public_urls import alert_url, events_url
from controlhub.security.vault import SealBrokenError
from controlhub.sql.alerts import CLAIM_REQUEST, POSTPONE_REQUEST, SENT
from controlhub.sql.statements import count_changed, fetch_rows

logger = logging.getLogger(__name__)
AT_ONCE = 8
LEASE = timedelta(minutes=2)
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=1)
TRIED_FOR = timedelta(days=2)


def send_alerts() -> int:
    """Send the requests that are due, at most one per thread. Returns the number of requests sent."""
    claimed = [pk for (pk,) in fetch_rows(CLAIM_REQUEST, {"most": AT_ONCE, "lease": LEASE})]
    if not claimed:
        return 0
    firings = list(AlertFiring.objects.filter(pk__in=claimed).select_related("alert__organization"))
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="alert") as pool:
        running = [(firing, pool.submit(_send, firing)) for firing in firings]
        return sum(_note(firing, done.exception()) for firing, done in running)


def _send(firing: AlertFiring) -> None:
    """Raises NotDeliveredError unless the response is 2xx. Runs in a thread without a database connection."""
    try:
        message = _message(firing)
    except SealBrokenError as error:
        raise NotDeliveredError(NO_SECRET) from error
    send(firing.alert.url, message)


def _message(firing: AlertFiring) -> Message | None:
    """The request to send; None if the alert no longer has a receiver."""
    alert = firing.alert
    if not alert.url:
        return None
    message_id, seconds = f"msg_{firing.pk.hex}", str(int(machine_now().timestamp()))
    body = orjson.dumps(_event(firing))
    headers = {
        "Content-Type": "application/cloudevents+json; charset=utf-8",
        "webhook-id": message_id,
        "webhook-timestamp": seconds,
        "webhook-signature": signature(alert.secret, message_id, seconds, body),
    }
    return Message(body, headers)


def _event(firing: AlertFiring) -> dict[str, object]:
    """The CloudEvents 1.0 document. It contains no personal data: it links to the log, which checks permissions."""
    alert = firing.alert
    data: dict[str, object] = {
        "alert": {"id": str(alert.pk), "name": alert.name, "url": alert_url(alert.pk)},
        "trigger": alert.trigger,
        "number": firing.number,
        "threshold": alert.threshold,
        "windowSeconds": int(alert.window.total_seconds()),
        "since": firing.since,
        "until": firing.until,
    }
    if alert.trigger == "events":
        data["eventsUrl"] = events_url(alert.query, firing.since, firing.until)
    if firing.subject_label:
        data["stream"] = {"id": firing.subject or str(UUID(int=0)), "name": firing.subject_label}
    return {
        "specversion": "1.0",
        "id": str(firing.pk),
        "source": f"{settings.PUBLIC_URL}/organizations/{alert.organization_id}/alerts",
        "type": "controlhub.alert.test" if firing.is_test else "controlhub.alert.fired",
        "time": firing.fired_at,
        "subject": alert.name,
        "datacontenttype": "application/json",
        "data": data,
    }


def _note(firing: AlertFiring, error: BaseException | None) -> int:
    params = {"firing": firing.pk, "claim": firing.claim}
    if error is None:
        return count_changed(SENT, params)
    logger.warning("Alert %s: the request was not sent: %r", firing.alert_id, error)
    text = str(error) if isinstance(error, NotDeliveredError) else type(error).__name__
    waits = {"first": FIRST_WAIT, "longest": LONGEST_WAIT, "tried_for": TRIED_FOR}
    count_changed(POSTPONE_REQUEST, {**params, **waits, "error": text})
    return 0
