"""The one way into the log."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
from uuid_utils.compat import uuid7

from audit.actor import Actor
from audit.changes import VERSION, describe_changes
from audit.redact import redact
from audit.vocabulary import AuditAction, Result, TargetType
from controlhub.sql.events import RECORD
from controlhub.sql.statements import OvertakenError, Statement, execute, fetch_row, fetch_rows


@dataclass(frozen=True, slots=True)
class Target:
    """The target of an event.

    `secrets` are the paths, in lower case, of attributes of which the log says only that they changed.
    """

    organization_id: UUID
    type: TargetType | str
    id: str
    label: str
    secrets: AbstractSet[str] = frozenset()


@dataclass(frozen=True, slots=True)
class EventContent:
    """What an event records in addition to actor, action and target."""

    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    result: Result = Result.SUCCESS
    reason: str = ""


_EMPTY = EventContent()


def record(
    action: AuditAction,
    *,
    target: Target,
    content: EventContent = _EMPTY,
    actor: Actor,
    change: Statement | None = None,
) -> tuple[Any, ...]:
    """Write one event, in the caller's transaction: it is committed or rolled back with the change.

    With `change`, both are one statement, and what the change returns comes back; OvertakenError if it found no row
    to change, so that nothing was done and nothing is recorded.
    """
    event = _event(action, target, content, actor)
    if change is None:
        execute(RECORD, event)
        return ()
    found = fetch_row(change.text, {**change.params, **event})
    if found is None:
        raise OvertakenError
    return found


def record_each(
    action: AuditAction, contents: Sequence[tuple[Target, EventContent]], *, actor: Actor, change: Statement
) -> list[tuple[Any, ...]]:
    """Make a change of many rows and write an event for each, in one statement; what the change returns.

    OvertakenError if the change found nothing to do, so that nothing is recorded.
    """
    events = [_row(_event(action, target, content, actor)) for target, content in contents]
    actor_params = {"actor_label": actor.label, "actor_kind": actor.kind.value}
    found = fetch_rows(change.text, {**change.params, **actor_params, "events": orjson.dumps(events).decode()})
    if not found:
        raise OvertakenError
    return found


def _row(event: dict[str, Any]) -> dict[str, Any]:
    """The event as a row for `RECORD_EACH`, whose keys are the names of columns."""
    row = {**event, **{name: orjson.Fragment(event[name]) for name in ("changes", "details")}}
    names = {"event_id": "id", "organization": "organization_id", "event_version": "version"}
    return {names.get(name, name): value for name, value in row.items()}


def _event(action: AuditAction, target: Target, content: EventContent, actor: Actor) -> dict[str, Any]:
    """The parameters of `RECORD` and `RECORD_CHANGE`."""
    entries = describe_changes(content.before, content.after, target.secrets)
    details = redact(dict(content.details))
    if entries.left_out:
        details |= entries.details
    if actor.job_id:
        details["job"] = actor.job_id
    return {
        "event_id": uuid7(),
        "organization": target.organization_id,
        "service": action.service(actor).value,
        "category": action.category.value,
        "action": action.value,
        "activity": action.activity,
        "result": content.result.value,
        "reason": content.reason,
        "actor_kind": actor.kind.value,
        "actor_id": actor.id,
        "actor_label": actor.label,
        "actor_address": actor.address,
        "user_agent": actor.user_agent[:512],
        "request_id": actor.request_id,
        "target_type": target.type,
        "target_id": target.id,
        "target_label": target.label,
        "event_version": VERSION,
        "changes": entries.text,
        "details": orjson.dumps(details).decode(),
    }
