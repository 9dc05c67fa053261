"""The only place that writes to the log."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from uuid_utils.compat import uuid7

from audit.actor import Actor
from audit.changes import NOTHING, VERSION, ChangeEntries, describe_changes, describe_whole
from audit.encoding import canonical
from audit.keys import mac_of
from audit.parts import make_parts, split_details
from audit.redact import redact
from audit.vocabulary import AuditAction, Result, TargetType
from controlhub.sql.events import RECORD
from controlhub.sql.statements import NONE, OvertakenError, Statement, execute, fetch_row, fetch_rows

MAX_USER_AGENT = 512
"""The maximum length in characters."""


class Target(NamedTuple):
    """The target of an event.

    `secrets` are the lowercase paths of attributes whose values are not recorded, only that they changed.
    """

    organization_id: UUID
    type: TargetType | str
    id: str
    label: str
    secrets: AbstractSet[str] = frozenset()


class EventContent(NamedTuple):
    """What an event records in addition to actor, action and target.

    With `is_whole`, `before` or `after` is empty, and the other is recorded as it is (`describe_whole`).
    """

    before: Mapping[str, Any] = NONE
    after: Mapping[str, Any] = NONE
    details: Mapping[str, Any] = NONE
    result: Result = Result.SUCCESS
    reason: str = ""
    is_whole: bool = False


_EMPTY = EventContent()


def record(
    action: AuditAction,
    *,
    target: Target,
    content: EventContent = _EMPTY,
    actor: Actor,
    change: Statement | None = None,
    event_id: UUID | None = None,
) -> tuple[Any, ...]:
    """Write one event, in the caller's transaction: it is committed or rolled back with the change.

    `event_id`, a new UUIDv7, is for an event that other events will refer to as their parent.

    With `change`, both are one statement, and the row that the change returns is returned. Raises OvertakenError if
    the change found no row; then nothing is changed or recorded.
    """
    event = _event(action, target, content, actor, event_id)
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
    """Change many rows and write an event for each, in one statement. Returns the rows that the change returns.

    Raises OvertakenError if the change found no rows; then nothing is recorded.
    """
    events = [_row(_event(action, target, content, actor)) for target, content in contents]
    actor_params = {"actor_label": actor.label, "actor_kind": actor.kind.value}
    found = fetch_rows(change.text, {**change.params, **actor_params, "events": orjson.dumps(events).decode()})
    if not found:
        raise OvertakenError
    return found


def _row(event: dict[str, Any]) -> dict[str, Any]:
    """The event as a row for `RECORD_EACH`, with the column names of both tables as keys."""
    row = {**event, "id": event["event_id"], "version": VERSION}
    row |= {name: orjson.Fragment(event[name]) for name in ("facts", "parts")}
    return row | {name: f"\\x{event[name].hex()}" for name in ("commitments", "mac")}


def _event(
    action: AuditAction, target: Target, content: EventContent, actor: Actor, event_id: UUID | None = None
) -> dict[str, Any]:
    """The parameters of `RECORD` and `RECORD_CHANGE`, and `actor_label`, which statements on users need as well."""
    describe = describe_whole if content.is_whole else describe_changes
    entries = describe(content.before, content.after, target.secrets)
    facts, personal = split_details(_details(content, entries, actor))
    parts = make_parts(
        (actor.person_id or actor.id, _actor_values(actor)),
        (target.id, _target_values(target, content, entries, personal)),
    )
    public = {
        "id": event_id or uuid7(),
        "organization_id": target.organization_id,
        "version": VERSION,
        "service": action.service(actor).value,
        "category": action.category.value,
        "action": action.value,
        "activity": action.activity,
        "result": content.result.value,
        "actor_kind": actor.kind.value,
        "actor_id": actor.id,
        "actor_user_id": actor.person_id or None,
        "actor_role": actor.role,
        "connection_id": actor.connection_id,
        "request_id": actor.request_id,
        "parent_id": actor.parent_id or None,
        "target_type": target.type,
        "target_id": target.id,
        "facts": facts,
        "commitments": parts.commitments,
    }
    mac = mac_of(canonical(public))
    return {
        "event_id": public.pop("id"),
        "event_version": public.pop("version"),
        **public,
        "organization": target.organization_id,
        "facts": orjson.dumps(facts).decode(),
        "commitments": bytes.fromhex("".join(parts.commitments)),
        "mac": mac,
        "parts": parts.text,
        "actor_label": actor.label,
    }


def _details(content: EventContent, entries: ChangeEntries, actor: Actor) -> dict[str, Any]:
    details: dict[str, Any] = redact(dict(content.details))
    if entries.left_out:
        details |= entries.details
    if actor.job_id:
        details["job"] = actor.job_id
    return details


def _actor_values(actor: Actor) -> dict[str, Any]:
    values = {"label": actor.label}
    if actor.address:
        values["address"] = actor.address
    if actor.user_agent:
        values["user_agent"] = actor.user_agent[:MAX_USER_AGENT]
    return values


def _target_values(
    target: Target, content: EventContent, entries: ChangeEntries, details: dict[str, Any]
) -> dict[str, Any]:
    values: dict[str, Any] = {"label": target.label}
    if entries is not NOTHING:
        values[entries.key] = orjson.Fragment(entries.text)
    if content.reason:
        values["reason"] = content.reason
    if details:
        values["details"] = details
    return values
