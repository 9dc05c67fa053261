"""The request log: SCIM requests of identity providers, and why a request was refused."""

from uuid import UUID

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from controlhub.actions.request_log import reveal_request
from controlhub.models import Connection, Permission, ScimRequest
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.explanations import explain, okta_event
from controlhub.portal.masks import masked_body, masked_path, readable_body
from controlhub.portal.tables import Column, Table
from controlhub.text.readable import escaped

PAGE = 25
MOST_CHOICES = 50
TABLE = Table(
    _("SCIM requests, newest first"),
    (
        Column("time", _("Time"), css="nowrap muted", is_labelled=False),
        Column("status", _("Status")),
        Column("request", _("Request"), css="c-name mono wrap", is_row_header=True, is_labelled=False),
        Column("meaning", _("What happened"), css="wrap"),
        Column("duration", _("Duration"), css="num hide-md muted"),
    ),
)


@require_safe
@require(Permission.VIEW_PROVISIONING)
def request_list(request: PortalRequest) -> HttpResponse:
    """A page goes on after the id in `before`; each filter has an index, so a page costs the same anywhere."""
    query = request.GET
    log = ScimRequest.objects.in_organization(request.organization)
    if connection := _uuid(query, "connection"):
        log = log.filter(connection_id=connection)
    if resource := _uuid(query, "resource"):
        log = log.about(resource)
    if query.get("errors"):
        log = log.failed()
    if before := _uuid(query, "before"):
        log = log.filter(id__lt=before)
    found = list(log.order_by("-id").defer("body", "answer")[: PAGE + 1])
    context = {
        "table": TABLE,
        "lines": [(entry, _short(request, entry), explain(entry.status, entry.scim_type)) for entry in found[:PAGE]],
        "older": _address(query, str(found[PAGE - 1].id)) if len(found) > PAGE else "",
        "newest": _address(query, "") if before else "",
        "connections": _choices(request, connection),
        "connection": connection,
        "is_errors_only": bool(query.get("errors")),
    }
    return render(request, "portal/requests/list.html", context)


@require_safe
@require(Permission.VIEW_PROVISIONING)
def request_detail(request: PortalRequest, entry_id: UUID) -> HttpResponse:
    """One request, its answer, and why it was refused."""
    return _page(request, _find(request, entry_id), is_revealed=False)


@require(Permission.MANAGE_PROVISIONING, Permission.MANAGE_USERS, page="request-detail")
def request_reveal(request: PortalRequest, entry_id: UUID) -> HttpResponse:
    """The same with personal values, which is recorded."""
    entry = _find(request, entry_id)
    reveal_request(entry, actor=request.actor)
    return _page(request, entry, is_revealed=True)


def _page(request: PortalRequest, entry: ScimRequest, *, is_revealed: bool) -> HttpResponse:
    shown = readable_body if is_revealed else masked_body
    context = {
        "entry": entry,
        "path": entry.path if is_revealed else masked_path(entry.path),
        "explanation": explain(entry.status, entry.scim_type),
        "okta": okta_event(entry.method, entry.path, entry.status),
        "body": escaped(shown(entry.body), but="\n") if entry.body else "",
        "answer": escaped(readable_body(entry.answer) if is_revealed else masked_body(entry.answer), but="\n"),
        "is_revealed": is_revealed,
        "connection": _connection(request, entry),
        "may_reveal": {Permission.MANAGE_PROVISIONING, Permission.MANAGE_USERS} <= request.permissions,
    }
    return render(request, "portal/requests/detail.html", context)


def _short(request: PortalRequest, entry: ScimRequest) -> str:
    """The masked path, without what every path of this organization begins with."""
    path = masked_path(entry.path)
    return path.removeprefix(f"/v1/scim/{request.organization.pk}") or path


def _choices(request: PortalRequest, chosen: UUID | None) -> list[Connection]:
    """Connections to choose from, with the chosen one."""
    own = Connection.objects.in_organization(request.organization)
    found = list(own.order_by("name")[:MOST_CHOICES])
    if chosen and len(found) == MOST_CHOICES and chosen not in {connection.pk for connection in found}:
        return [*own.filter(pk=chosen), *found]
    return found


def _connection(request: PortalRequest, entry: ScimRequest) -> Connection | None:
    if entry.connection_id is None:
        return None
    return Connection.objects.in_organization(request.organization).filter(pk=entry.connection_id).first()


def _find(request: PortalRequest, entry_id: UUID) -> ScimRequest:
    """By the id, or by the request id that the client chose."""
    log = ScimRequest.objects.in_organization(request.organization)
    if entry := log.filter(id=entry_id).first() or log.filter(request_id=str(entry_id)).order_by("-id").first():
        return entry
    raise Http404


def _uuid(query: QueryDict, name: str) -> UUID | None:
    try:
        return UUID(str(query[name])) if query.get(name) else None
    except ValueError:
        raise Http404 from None


def _address(query: QueryDict, before: str) -> str:
    changed = query.copy()
    changed.pop("before", None)
    if before:
        changed["before"] = before
    return f"?{changed.urlencode()}"
