"""Checkpoints in a second place: the newest one of each log is sent to AUDIT_CHECKPOINT_URL."""

import requests
from django.conf import settings

from audit.models import AuditDelivery
from controlhub.security.outbound import Session, open_session
from controlhub.sql.seals import UNDELIVERED
from controlhub.sql.statements import fetch_rows

BATCH = 200
"""The maximum number of checkpoints per run."""


class DeliveryError(Exception):
    """The receiver did not accept a checkpoint. It is sent again by the next run."""


def send_checkpoints() -> int:
    """POST the newest checkpoint of each organization, if it is newer than the last one sent.

    Returns the number of checkpoints sent. Raises DeliveryError for the first one that is not accepted.
    Sends nothing if AUDIT_CHECKPOINT_URL is empty.
    """
    if not settings.AUDIT_CHECKPOINT_URL:
        return 0
    rows = fetch_rows(UNDELIVERED, {"most": BATCH})
    with open_session() as session:
        for organization_id, size, note in rows:
            _send(session, note)
            AuditDelivery.objects.update_or_create(organization_id=organization_id, defaults={"size": size})
    return len(rows)


def _send(session: Session, note: str) -> None:
    headers = {"Content-Type": "text/plain; charset=utf-8"}
    if settings.AUDIT_CHECKPOINT_TOKEN:
        headers["Authorization"] = f"Bearer {settings.AUDIT_CHECKPOINT_TOKEN}"
    try:
        answer = session.post(settings.AUDIT_CHECKPOINT_URL, data=note.encode(), headers=headers)
        answer.raise_for_status()
    except requests.RequestException as error:
        raise DeliveryError(f"The checkpoint was not accepted: {error}") from error
