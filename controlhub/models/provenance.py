"""The origin of the values of a user's attributes, read from the audit events about the user.

Nothing extra is stored, so SCIM writes cost no more. At most LOOKED_AT events are read, and the oldest one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from audit.models import AuditEvent
from audit.personal import attach
from controlhub.models.origins import Origin, OriginKind, origins_of
from controlhub.models.users import User

LOOKED_AT = 300


@dataclass(frozen=True, slots=True)
class ValueSource:
    """The last change of an attribute. If it is not `is_exact`, it was at or before `at`, and `origin` is None."""

    origin: Origin | None
    at: datetime
    event: UUID | None = None
    is_exact: bool = True

    @property
    def is_by_directory(self) -> bool:
        """Whether a client set the value, or may have set it."""
        return self.origin is None or self.origin.kind is OriginKind.CONNECTION


def sources_of(user: User, paths: Iterable[str]) -> dict[str, ValueSource]:
    """Returns the source of each attribute, by its path, such as `name.givenName`. Uses at most four statements."""
    events, oldest = _events(user)
    origins = origins_of(user.organization, [*events, *([oldest] if oldest else [])])
    newest: dict[str, AuditEvent] = {}
    for event in [*events, *([oldest] if oldest else [])]:
        for name in _changed(event):
            newest.setdefault(name.lower(), event)
    since = events[-1].created_at if events and oldest else user.created_at
    return {path: _source(path.lower(), newest, oldest, origins, since) for path in paths}


def _events(user: User) -> tuple[list[AuditEvent], AuditEvent | None]:
    """Returns the newest events, and the oldest one if there are more."""
    events = AuditEvent.objects.in_organization(user.organization).about(user.pk)
    found = attach(events.newest_first()[: LOOKED_AT + 1])
    if len(found) <= LOOKED_AT:
        return found, None
    return found[:LOOKED_AT], events.order_by("created_at", "id").first()


def _changed(event: AuditEvent) -> list[str]:
    left_out = event.details.get("changes_left_out", {}).get("attributes", [])
    return [*(str(change.get("attribute", "")) for change in event.changes), *left_out]


def _source(
    path: str,
    newest: dict[str, AuditEvent],
    oldest: AuditEvent | None,
    origins: dict[UUID, Origin],
    since: datetime,
) -> ValueSource:
    found = [event for name, event in newest.items() if _is_about(name, path)]
    event = max(found, key=lambda event: (event.created_at, event.pk), default=None)
    if event is None or (oldest is not None and event.pk == oldest.pk):
        return ValueSource(None, since, is_exact=False)
    return ValueSource(origins[event.pk], event.created_at, event.pk)


def _is_about(changed: str, path: str) -> bool:
    """Whether a change of one attribute affects the other: it is the same, a part of it, or the attribute around it."""
    return changed == path or changed.startswith(f"{path}.") or path.startswith(f"{changed}.")


def is_owned(source: ValueSource, value: Any, *, has_owner: bool, is_overridden: bool) -> bool:
    """Whether the directory that owns the user owns the attribute: it set the value, or the value overridden here."""
    return has_owner and value is not None and (is_overridden or source.is_by_directory)
