"""Events that may happen many times an hour, such as refused requests: recorded without flooding the log.

The first of several identical events is recorded immediately. The others of that hour are counted, and a further event
records their number (docs/decisions/0086-repeated-events.md).
"""

import hashlib
import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import orjson
from django.db import DatabaseError, transaction
from django.db.models.functions import Now, TruncHour

from audit.actor import SYSTEM, Actor, ActorKind
from audit.models import AuditEvent
from audit.record import EventContent, Target, record
from audit.vocabulary import AuditAction, Result
from controlhub.actions.organizations import audit_target
from controlhub.database import clock
from controlhub.models import Organization, RepeatedEvent
from controlhub.sql.repeats import COUNT_REPEATS, KEPT_REQUESTS, RECORD_FIRST, RECORD_NUMBER
from controlhub.sql.statements import OvertakenError, Statement, fetch_rows
from controlhub.text.moments import stored_moment

KEYS_AN_HOUR = 100
"""The number of different events that are recorded per hour, action and organization. Others are counted together."""
OTHERS = ""
"""The key under which the others are counted."""
TOO_MANY = "There were too many different ones in this hour. They are counted together."
LATE = timedelta(minutes=2)
"""An hour is complete after this time, because a process writes what it has counted within seconds."""
BATCH = 500
ACTIONS: Mapping[str, AuditAction] = {action.value: action for action in AuditAction}
RESULTS: Mapping[str, Result] = {result.value: result for result in Result}
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened at `at`, in seconds since 1970. Happenings with equal `same` are counted together."""

    action: AuditAction
    target: Target
    actor: Actor
    same: tuple[object, ...]
    content: EventContent
    at: float = field(default_factory=lambda: clock.machine_now().timestamp())


class Key(NamedTuple):
    """`hour` is its start in seconds since 1970."""

    organization_id: UUID
    hour: int
    action: str
    digest: str


@dataclass(slots=True)
class _Counted:
    """Happenings that are the same, in the order in which they happened."""

    happening: Happening
    times: int = 0
    last_at: float = 0.0
    requests: list[str] = field(default_factory=list)

    def add(self, other: "_Counted") -> None:
        self.times += other.times
        self.last_at = max(self.last_at, other.last_at)
        self.requests = [*self.requests, *other.requests][:KEPT_REQUESTS]


def record_repeated(happenings: Iterable[Happening]) -> None:
    """Record the happenings that are the first of their hour, and count the others.

    Each statement is committed separately, so that processes do not wait for each other's locks. Happenings in
    organizations that do not exist are ignored.
    """
    waiting = _count(_of_organizations(_grouped(happenings)))
    room: Counter[tuple[UUID, int, str]] = Counter()
    others: dict[Key, _Counted] = {}
    for key, counted in sorted(waiting.items(), key=lambda item: item[1].happening.at):
        place = key[:3]
        if place not in room:
            room[place] = KEYS_AN_HOUR - _number_of_keys(key)
        if room[place] > 0:
            room[place] -= 1
            _record_first(key, counted)
        else:
            _add(others, key._replace(digest=OTHERS), counted)
    for key, counted in _count(others).items():
        counted.happening = _others(counted.happening)
        _record_first(key, counted)


def record_if_possible(happenings: Sequence[Happening]) -> None:
    """The same for a request that must not fail because of it."""
    try:
        record_repeated(happenings)
    except DatabaseError:
        logger.exception("%s could not be recorded", ", ".join(happening.action for happening in happenings))


def close_hours() -> int:
    """Record how often events happened in hours that are over. Returns the number of different events."""
    over = RepeatedEvent.objects.filter(hour__lt=TruncHour(Now() - LATE)).order_by("hour", "pk")
    closed = 0
    for repeated in over[:BATCH]:
        closed += 1
        if repeated.times == 1:
            RepeatedEvent.objects.filter(pk=repeated.pk, times=1).delete()
        else:
            _record_number(repeated)
    return closed


def _grouped(happenings: Iterable[Happening]) -> dict[Key, _Counted]:
    grouped: dict[Key, _Counted] = {}
    for happening in sorted(happenings, key=lambda happening: happening.at):
        named = [happening.actor.request_id] if happening.actor.request_id else []
        _add(grouped, _key_of(happening), _Counted(happening, 1, happening.at, named))
    return grouped


def _of_organizations(grouped: dict[Key, _Counted]) -> dict[Key, _Counted]:
    wanted = {key.organization_id for key in grouped}
    there = set(Organization.objects.filter(pk__in=wanted).values_list("pk", flat=True)) if wanted else set()
    return {key: counted for key, counted in grouped.items() if key.organization_id in there}


def _add(grouped: dict[Key, _Counted], key: Key, counted: _Counted) -> None:
    if known := grouped.get(key):
        known.add(counted)
    else:
        grouped[key] = counted


def _key_of(happening: Happening) -> Key:
    text = "\0".join(str(part) for part in happening.same)
    digest = hashlib.sha256(text.encode()).hexdigest()[:32]
    hour = int(happening.at // 3_600) * 3_600
    return Key(happening.target.organization_id, hour, happening.action.value, digest)


def _count(grouped: dict[Key, _Counted]) -> dict[Key, _Counted]:
    """Count happenings that are not the first of their hour. Returns the others."""
    if not grouped:
        return {}
    rows = [
        {
            **_params(key),
            "organization_id": key.organization_id,
            "times": counted.times,
            "last_at": stored_moment(counted.last_at),
            "requests": counted.requests,
        }
        for key, counted in grouped.items()
    ]
    known = {Key(*row) for row in fetch_rows(COUNT_REPEATS, {"repeats": orjson.dumps(rows).decode()})}
    return {key: counted for key, counted in grouped.items() if key not in known}


def _number_of_keys(key: Key) -> int:
    hour = datetime.fromtimestamp(key.hour, UTC)
    return RepeatedEvent.objects.filter(organization_id=key.organization_id, hour=hour, action=key.action).count()


def _record_first(key: Key, counted: _Counted) -> None:
    happening = counted.happening
    numbers = {"times": counted.times, "requests": counted.requests}
    times = {"first_at": stored_moment(happening.at), "last_at": stored_moment(counted.last_at)}
    change = Statement(RECORD_FIRST, {**_params(key), **numbers, **times})
    try:
        record(
            happening.action, target=happening.target, content=happening.content, actor=happening.actor, change=change
        )
    except OvertakenError:  # another process was faster
        _count({key: counted})


def _others(happening: Happening) -> Happening:
    """Returns the event for all that have no key of their own. It names no user."""
    organization = Organization.objects.get(pk=happening.target.organization_id)
    content = EventContent(result=happening.content.result, reason=TOO_MANY)
    return Happening(happening.action, audit_target(organization), SYSTEM, (), content, happening.at)


def _record_number(repeated: RepeatedEvent) -> None:
    """Record the number, with the content of the first event, and remove the row."""
    first = AuditEvent.objects.filter(pk=repeated.event_id).first()
    if first is None:  # its retention period is over
        RepeatedEvent.objects.filter(pk=repeated.pk).delete()
        return
    number = {"times": repeated.times, "requests": repeated.requests}
    moments = {"first_at": repeated.first_at.isoformat(), "last_at": repeated.last_at.isoformat()}
    content = EventContent(
        result=RESULTS[first.result], reason=first.reason, details={**first.details, **number, **moments}
    )
    key = Key(repeated.organization_id, int(repeated.hour.timestamp()), repeated.action, repeated.key)
    change = Statement(RECORD_NUMBER, _params(key) | {"times": repeated.times})
    try:
        with transaction.atomic():
            record(ACTIONS[first.action], target=_target(first), content=content, actor=_actor(first), change=change)
    except OvertakenError:  # counted or closed by another process in the meantime
        return


def _actor(first: AuditEvent) -> Actor:
    """Returns the actor of the first event, without a request: the number belongs to no single request."""
    kind, values = ActorKind(first.actor_kind), first.personal.actor or {}
    return Actor(
        kind,
        id=first.actor_id,
        label=str(values.get("label", "")),
        address=values.get("address"),
        user_agent=str(values.get("user_agent", "")),
        role=first.actor_role,
        connection_id=first.connection_id,
        user_id=first.actor_user_id if kind is ActorKind.CLIENT else None,
        parent_id=str(first.pk),
    )


def _target(first: AuditEvent) -> Target:
    label = str((first.personal.target or {}).get("label", ""))
    return Target(first.organization_id, first.target_type, first.target_id, label)


def _params(key: Key) -> dict[str, object]:
    return {"hour": stored_moment(key.hour), "action": key.action, "key": key.digest}
