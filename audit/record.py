"""The one way into the log."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from audit.actor import Actor
from audit.models import AuditEvent
from audit.redact import redact
from audit.vocabulary import AuditAction, Result
from controlhub.statements import insert_row


@dataclass(frozen=True, slots=True)
class Target:
    """What it was done to."""

    organization_id: UUID
    type: str
    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Story:
    """What there is to tell beside actor, action and target."""

    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    result: Result = Result.SUCCESS
    reason: str = ""


NOTHING_MORE = Story()


def record(action: AuditAction, *, target: Target, story: Story = NOTHING_MORE, actor: Actor) -> None:
    """Write one event, in the caller's transaction: it stands or falls with the change it tells of."""
    event = AuditEvent(
        organization_id=target.organization_id,
        service=action.service(actor),
        category=action.category,
        action=action,
        activity=action.activity,
        result=story.result,
        reason=story.reason,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label,
        actor_address=actor.address,
        user_agent=actor.user_agent[:512],
        request_id=actor.request_id,
        target_type=target.type,
        target_id=target.id,
        target_label=target.label,
        changes=differences(story.before, story.after),
        details=redact(dict(story.details)),
    )
    insert_row(event)


def differences(before: Mapping[str, Any], after: Mapping[str, Any], prefix: str = "") -> list[dict[str, Any]]:
    """What changed, attribute by attribute: `{attribute, old, new}`, extensions and complex values opened."""
    found: list[dict[str, Any]] = []
    for name in [*before, *(name for name in after if name not in before)]:
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        if isinstance(old, dict | None) and isinstance(new, dict | None):
            separator = ":" if name.startswith("urn:") else "."
            found += differences(old or {}, new or {}, f"{prefix}{name}{separator}")
        else:
            found.append({"attribute": f"{prefix}{name}", "old": redact(old, name), "new": redact(new, name)})
    return found
