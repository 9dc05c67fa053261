"""One event in full, and the other events of the same request and the same bulk change."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from audit.actor import ActorKind
from audit.models import AuditEvent
from audit.personal import attach
from audit.portal.readings import notes_reading
from audit.portal.rows import avatar, category_of
from audit.sentences import Described, Sentences, members_of
from audit.signing import verifier_keys
from audit.tree import place_of
from audit.vocabulary import TargetType
from controlhub.models import Group, Permission, User
from controlhub.portal.access import PortalRequest, find_or_404, require
from controlhub.portal.logged import entries_of
from controlhub.portal.partials import render_whole_or_part, wants_part
from controlhub.portal.timelines import before_and_after
from controlhub.text.readable import escaped
from directory.models import Group as DirectoryGroup
from directory.models import Person

MOST_RELATED = 10
"""The maximum number of events of the same request that are shown. The log has the others."""
MOST_PARTS = 10
"""The maximum number of events of the same bulk change that are shown. The log has the others."""
PUBLIC = (
    *("id", "organization_id", "created_at", "version", "service", "category", "action", "activity", "result"),
    *("actor_kind", "actor_id", "actor_user_id", "actor_role", "connection_id", "request_id", "parent_id"),
    *("target_type", "target_id"),
)
PERSONAL = ("actor_label", "actor_address", "user_agent", "target_label", "reason", "changes", "details")
PAGES: dict[str, tuple[Any, str]] = {
    TargetType.USER: (User, "user-detail"),
    TargetType.GROUP: (Group, "group-detail"),
    TargetType.DIRECTORY_USER: (Person, "directory-user-detail"),
    TargetType.DIRECTORY_GROUP: (DirectoryGroup, "directory-group-detail"),
}


@require_safe
@require(Permission.VIEW_AUDIT)
@notes_reading
def event_detail(request: PortalRequest, event_id: UUID) -> HttpResponse:
    event = find_or_404(request, AuditEvent.objects, pk=event_id)
    parent, parts = _bulk(request, event)
    related = _related(request, event, [*parent, *parts])
    place = place_of(event)
    every = attach([event, *parent, *parts, *related])
    described, *rest = Sentences(request.organization, every).each()
    larger, rest = rest[: len(parent)], rest[len(parent) :]
    siblings, others = rest[: len(parts)], rest[len(parts) :]
    context = {
        "event": event,
        "described": described,
        "avatar": avatar(described),
        "category": category_of(event)[1],
        "related": others[:MOST_RELATED],
        "has_more": len(others) > MOST_RELATED,
        "larger": larger,
        "siblings": siblings[:MOST_PARTS],
        "has_more_siblings": len(siblings) > MOST_PARTS,
        "bulk": event.parent_id or event.pk,
        "changes": [_readable_change(change) for change in event.changes],
        "is_first_version": event.version == 1,
        "left_out": event.details.get("changes_left_out"),
        "details": _readable(event.details) if event.details else "",
        "raw": _readable(raw(event)),
        "target_page": target_page(request, event),
        "actor_page": _actor_page(request, described),
        "entry": request_entry(request, event),
        "job": _job(request, event),
        "place": place,
        "number": place.index + 1 if place else 0,
        "key": str(verifier_keys(place.origin)[0]) if place else "",
        "members": _members(request, event),
        "is_part": wants_part(request),
    }
    return render_whole_or_part(request, "audit/detail.html", "audit/_event.html", context)


def raw(event: AuditEvent) -> dict[str, Any]:
    """The facts and the personal values of an event, by column name."""
    return {**{name: getattr(event, name) for name in PUBLIC}, **{name: getattr(event, name) for name in PERSONAL}}


def _readable_change(change: dict[str, Any]) -> dict[str, Any]:
    """The entry with its values as in a user's activity."""
    old, new = before_and_after(change)
    return {**change, "old": old, "new": new}


def target_page(request: PortalRequest, event: AuditEvent) -> str:
    """The URL of the target's page; "" if there is none, or the viewer has no permission to open it."""
    model, name = PAGES.get(event.target_type, (None, ""))
    if model is None or Permission.VIEW_USERS not in request.permissions:
        return ""
    if not model.objects.in_organization(request.organization).filter(pk=event.target_id).exists():
        return ""
    return reverse(name, args=[event.target_id])


def request_entry(request: PortalRequest, event: AuditEvent) -> UUID | None:
    """The id of the SCIM request's entry in the request log; None if there is none, or the viewer may not open it."""
    if event.actor_kind != ActorKind.CLIENT or Permission.VIEW_PROVISIONING not in request.permissions:
        return None
    return entries_of(request.organization, [event.request_id]).get(event.request_id)


def _bulk(request: PortalRequest, event: AuditEvent) -> tuple[list[AuditEvent], list[AuditEvent]]:
    """The parent of this event and its other parts, oldest first; for a parent, only its parts.

    Parts are found by the request id that they share with the parent. For a job without a request, only the parent is
    found.
    """
    events = AuditEvent.objects.in_organization(request.organization)
    parent = list(events.filter(pk=event.parent_id)) if event.parent_id else []
    parts = events.of_request(event.request_id).filter(parent_id=event.parent_id or event.pk).exclude(pk=event.pk)
    return parent, list(parts.order_by("created_at", "id")[: MOST_PARTS + 1])


def _related(request: PortalRequest, event: AuditEvent, shown: Sequence[AuditEvent]) -> list[AuditEvent]:
    """The other events of the same request, oldest first, except those that are already shown."""
    if not event.request_id:
        return []
    events = AuditEvent.objects.in_organization(request.organization).of_request(event.request_id)
    others = events.exclude(pk__in=[event.pk, *(other.pk for other in shown)])
    if shown:
        others = others.exclude(parent_id__isnull=False, parent_id=event.parent_id or event.pk)
    return list(others.order_by("created_at", "id")[: MOST_RELATED + 1])


def _actor_page(request: PortalRequest, described: Described) -> str:
    """The URL of the page of the connection or person behind the event; "" if there is none."""
    origin = described.origin
    if origin.id is None:
        return ""
    if origin.is_connection:
        may_open = Permission.VIEW_PROVISIONING in request.permissions
        return reverse("connection-detail", args=[origin.id]) if may_open else ""
    return reverse("user-detail", args=[origin.id]) if Permission.VIEW_USERS in request.permissions else ""


def _members(request: PortalRequest, event: AuditEvent) -> list[dict[str, Any]]:
    """The names of members that joined and left, and the number of others."""
    titles = {"added": _("Added members"), "removed": _("Removed members")}
    found = members_of(request.organization, event)
    return [
        {"title": titles[side], "names": names, "more": event.details[side]["count"] - len(names)}
        for side, names in found.items()
        if names
    ]


def _job(request: PortalRequest, event: AuditEvent) -> str:
    """The URL of the page of the job that recorded the event; "" if there is none."""
    job = event.details.get("job")
    if not isinstance(job, str) or Permission.VIEW_JOBS not in request.permissions:
        return ""
    try:
        return reverse("job-detail", args=[UUID(job)])
    except ValueError:
        return ""


def _readable(value: object) -> str:
    return escaped(json.dumps(value, indent=2, ensure_ascii=False, default=str), but="\n")
