"""Events as JSON documents: for our own API and for exports."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.utils import translation

from audit.models import AuditEvent
from audit.sentences import Described, Sentences
from controlhub.models import Organization


def documents(organization: Organization, events: Sequence[AuditEvent]) -> list[dict[str, Any]]:
    """A document for each event. The sentences are always in English."""
    with translation.override("en"):
        return [document(one) for one in Sentences(organization, events).each()]


def document(described: Described) -> dict[str, Any]:
    event = described.event
    return {
        "id": str(event.pk),
        "created": moment(event.created_at),
        "service": event.service,
        "category": event.category,
        "activity": event.activity,
        "action": event.action,
        "result": event.result,
        "reason": event.reason,
        "summary": described.text,
        "actor": {
            "kind": event.actor_kind,
            "id": event.actor_id,
            "name": described.origin.name or event.actor_label,
            "label": event.actor_label,
            "role": event.actor_role,
            "address": event.actor_address,
            "userAgent": event.user_agent,
            "connectionId": _text(event.connection_id),
        },
        "target": {"type": event.target_type, "id": event.target_id, "name": event.target_label},
        "requestId": event.request_id,
        "parentId": _text(event.parent_id),
        "changes": event.changes,
        "details": event.details,
    }


def moment(value: datetime) -> str:
    """The time in UTC, such as `2026-11-26T09:14:05.123456Z`."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _text(value: object) -> str | None:
    return None if value is None else str(value)
