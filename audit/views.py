"""The viewer: the newest events that the filters let through, and one event in full."""

import json
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from audit.actor import ActorKind
from audit.forms import EventFilter
from audit.models import AuditEvent
from audit.personal import attach
from audit.vocabulary import TargetType
from controlhub.models import Permission, User
from controlhub.portal.access import PortalRequest, find_or_404, require
from controlhub.portal.logged import entries_of
from controlhub.portal.partials import render_whole_or_part, wants_part
from controlhub.portal.tables import Column, Table
from controlhub.text.readable import escaped

PAGE = 25
TABLE = Table(
    _("Audit events, newest first"),
    (
        Column("date", _("Date"), css="c-time nowrap muted", is_labelled=False),
        Column("activity", _("Activity"), css="c-ev", is_labelled=False),
        Column("service", _("Service"), css="hide-lg"),
        Column("category", _("Category"), css="hide-md"),
        Column("target", _("Target"), css="wrap"),
        Column("actor", _("Initiated by"), css="wrap"),
        Column("status", _("Status"), css="c-out", is_labelled=False),
    ),
    css="audit",
    order="-date",
)


@require_safe
@require(Permission.VIEW_AUDIT)
def event_list(request: PortalRequest) -> HttpResponse:
    """A page goes on after the event that `before` names, so it costs the same however far back it is."""
    events = AuditEvent.objects.in_organization(request.organization).newest_first()
    filters = EventFilter(request.GET, queryset=events)
    older = filters.qs
    if before := request.GET.get("before"):
        older = older_than(older, find(request, before))
    found = attach(older[: PAGE + 1])
    page = found[:PAGE]
    context = {
        "table": TABLE,
        "filters": filters,
        "events": page,
        "older": page_address(request.GET, before=str(page[-1].pk)) if len(found) > PAGE else "",
        "newest": page_address(request.GET, before="") if request.GET.get("before") else "",
    }
    return render_whole_or_part(request, "audit/list.html", "audit/_table.html", context)


@require_safe
@require(Permission.VIEW_AUDIT)
def event_detail(request: PortalRequest, event_id: UUID) -> HttpResponse:
    event = find_or_404(request, AuditEvent.objects, pk=event_id)
    context = {
        "event": event,
        "is_first_version": event.version == 1,
        "left_out": event.details.get("changes_left_out"),
        "details": escaped(json.dumps(event.details, indent=2, ensure_ascii=False), but="\n"),
        "target_page": target_page(request, event),
        "entry": request_entry(request, event),
        "is_part": wants_part(request),
    }
    return render_whole_or_part(request, "audit/detail.html", "audit/_event.html", context)


def target_page(request: PortalRequest, event: AuditEvent) -> str:
    """The URL of the target's page; "" if there is none, or the viewer has no permission to open it."""
    if event.target_type != TargetType.USER or Permission.VIEW_USERS not in request.permissions:
        return ""
    if not User.objects.in_organization(request.organization).filter(pk=event.target_id).exists():
        return ""
    return reverse("user-detail", args=[event.target_id])


def request_entry(request: PortalRequest, event: AuditEvent) -> UUID | None:
    """The entry of the SCIM request in the request log; None if it is not there, or not for the viewer."""
    if event.actor_kind != ActorKind.CLIENT or Permission.VIEW_PROVISIONING not in request.permissions:
        return None
    return entries_of(request.organization, [event.request_id]).get(event.request_id)


def find(request: PortalRequest, event_id: str) -> AuditEvent:
    try:
        event: AuditEvent = find_or_404(request, AuditEvent.objects, pk=UUID(event_id))
    except ValueError:
        raise Http404 from None
    return event


def older_than(events: QuerySet[AuditEvent], last: AuditEvent) -> QuerySet[AuditEvent]:
    """The events after this one in the list."""
    return events.filter(Q(created_at__lt=last.created_at) | Q(created_at=last.created_at, pk__lt=last.pk))


def page_address(query: QueryDict, *, before: str) -> str:
    """This page's query with another `before`."""
    changed = query.copy()
    changed.pop("before", None)
    if before:
        changed["before"] = before
    return f"?{changed.urlencode()}"
