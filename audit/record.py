"""The one way into the log."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from uuid_utils.compat import uuid7

from audit.actor import Actor
from audit.changes import VERSION, tell
from audit.redact import redact
from audit.vocabulary import AuditAction, Result, TargetType
from controlhub.database.statements import OvertakenError, Statement, as_rows, rows_inserted


@dataclass(frozen=True, slots=True)
class Target:
    """What it was done to.

    `secrets` are the paths, in lower case, of attributes of which the log says only that they changed.
    """

    organization_id: UUID
    type: TargetType | str
    id: str
    label: str
    secrets: AbstractSet[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Story:
    """What there is to tell beside actor, action and target."""

    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    result: Result = Result.SUCCESS
    reason: str = ""


NOTHING_MORE = Story()


_COLUMNS = (
    "id", "organization_id", "service", "category", "action", "activity", "result", "reason", "actor_kind", "actor_id",
    "actor_label", "actor_address", "user_agent", "request_id", "target_type", "target_id", "target_label", "version",
    "changes", "details",
)  # fmt: skip
_CASTS = {"actor_address": "::inet", "changes": "::jsonb", "details": "::jsonb"}
_VALUES = ", ".join("%s" + _CASTS.get(name, "") for name in _COLUMNS)
_INSERT = f"INSERT INTO audit_auditevent ({', '.join(_COLUMNS)})"
_EVENT = f"{_INSERT} VALUES ({_VALUES})"
_EVENTS = rows_inserted("audit_auditevent", _COLUMNS)


def record(
    action: AuditAction,
    *,
    target: Target,
    story: Story = NOTHING_MORE,
    actor: Actor,
    change: Statement | None = None,
) -> tuple[Any, ...]:
    """Write one event, in the caller's transaction: it stands or falls with the change it tells of.

    With `change`, both are one statement, and what the change returns comes back; OvertakenError if it found no row
    to change, so that nothing was done and nothing is told.
    """
    event = _event(action, target, story, actor)
    with connection.cursor() as cursor:
        if change is None:
            cursor.execute(_EVENT, event)
            return ()
        cursor.execute(_change_text(change), (*change.params, *event))
        found = cursor.fetchone()
    if found is None:
        raise OvertakenError
    return tuple(found)


def record_each(
    action: AuditAction, told: Sequence[tuple[Target, Story]], *, actor: Actor, change: Statement
) -> list[tuple[Any, ...]]:
    """Make a change of many rows and write an event for each, in one statement; what the change returns.

    OvertakenError if the change found nothing to do, so that nothing is recorded.
    """
    events = [dict(zip(_COLUMNS, _event(action, target, story, actor), strict=True)) for target, story in told]
    for event in events:
        event |= {name: orjson.Fragment(event[name]) for name in ("changes", "details")}
    returning = ", ".join(change.returning)
    recorded = f"event AS ({_EVENTS} WHERE EXISTS (SELECT FROM changed))"
    text = f"WITH changed AS ({change.text} RETURNING {returning}), {recorded} SELECT {returning} FROM changed"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(text, (*change.params, as_rows(events)))
        found = list(cursor.fetchall())
    if not found:
        raise OvertakenError
    return found


def _change_text(change: Statement) -> str:
    """The change and, for the row that it returns, the event."""
    returning = ", ".join(change.returning)
    changed, values = f"changed AS ({change.text} RETURNING {returning})", _VALUES
    if change.before:
        changed = f"{change.before}, {changed}"
    if change.consequences:
        changed += f", {change.consequences.text}"
        values += f" || {change.consequences.details}"  # the details are the last column
    event = f"event AS ({_INSERT} SELECT {values} FROM changed)"  # noqa: S608 — constants
    return f"WITH {changed}, {event} SELECT {returning} FROM changed"  # noqa: S608 — constants


def _event(action: AuditAction, target: Target, story: Story, actor: Actor) -> tuple[Any, ...]:
    """The values of _COLUMNS."""
    told = tell(story.before, story.after, target.secrets)
    details = redact(dict(story.details))
    if told.left_out:
        details |= told.details
    return (
        uuid7(),
        target.organization_id,
        action.service(actor).value,
        action.category.value,
        action.value,
        action.activity,
        story.result.value,
        story.reason,
        actor.kind.value,
        actor.id,
        actor.label,
        actor.address,
        actor.user_agent[:512],
        actor.request_id,
        target.type,
        target.id,
        target.label,
        VERSION,
        told.text,
        orjson.dumps(details).decode(),
    )
