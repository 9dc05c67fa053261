"""The request log: SCIM requests of identity providers, and why a request was refused."""

from uuid import UUID

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from controlhub.actions.request_log import reveal_request
from controlhub.models import Connection, Group, Permission, ScimRequest, User
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.explanations import explain, okta_event
from controlhub.portal.forms.search import SearchForm
from controlhub.portal.masks import masked_body, masked_path, readable_body
from controlhub.portal.overview.connections import hours_chart
from controlhub.portal.tables import Column, Table
from controlhub.text.readable import escaped, plain

PAGE = 25
MOST_CHOICES = 50
EARLIER = 5
"""The maximum number of earlier requests about the same resource that the page of a request lists."""
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
    """A page lists the requests before the id in `before`; each filter has an index, so every page costs the same."""
    query = request.GET
    log = ScimRequest.objects.in_organization(request.organization)
    if connection := _uuid(query, "connection"):
        log = log.filter(connection_id=connection)
    if resource := _uuid(query, "resource"):
        log = log.about(resource)
    if query.get("errors"):
        log = log.failed()
    if wanted := SearchForm(query).text:
        log = log.named(wanted)
    if before := _uuid(query, "before"):
        log = log.filter(id__lt=before)
    found = list(log.order_by("-id").defer("body", "answer")[: PAGE + 1])
    context = {
        "table": TABLE,
        "lines": [(entry, _short(request, entry), explain(entry.status, entry.scim_type)) for entry in found[:PAGE]],
        "older": _address(query, "before", str(found[PAGE - 1].id)) if len(found) > PAGE else "",
        "newest": _address(query, "before") if before else "",
        "connections": _choices(request, connection),
        "connection": connection,
        "resource": resource,
        "resource_name": _name_of(request, resource),
        "without_resource": _address(query, "resource"),
        "q": wanted,
        "is_errors_only": bool(query.get("errors")),
        "chart": hours_chart(request.organization, connection),
    }
    return render(request, "portal/requests/list.html", context)


@require_safe
@require(Permission.VIEW_PROVISIONING)
def request_detail(request: PortalRequest, entry_id: UUID) -> HttpResponse:
    """One request, its response, and why it was refused."""
    return _page(request, _find(request, entry_id), is_revealed=False)


@require(Permission.MANAGE_PROVISIONING, Permission.MANAGE_USERS, page="request-detail")
def request_reveal(request: PortalRequest, entry_id: UUID) -> HttpResponse:
    """The same request with personal values; revealing them is recorded."""
    entry = _find(request, entry_id)
    reveal_request(entry, actor=request.actor)
    return _page(request, entry, is_revealed=True)


def _page(request: PortalRequest, entry: ScimRequest, *, is_revealed: bool) -> HttpResponse:
    shown = readable_body if is_revealed else masked_body
    person, group = _about(request, entry.resource_id)
    context = {
        "entry": entry,
        "path": entry.path if is_revealed else masked_path(entry.path),
        "explanation": explain(entry.status, entry.scim_type),
        "okta": okta_event(entry.method, entry.path, entry.status),
        "body": escaped(shown(entry.body), but="\n") if entry.body else "",
        "answer": escaped(readable_body(entry.answer) if is_revealed else masked_body(entry.answer), but="\n"),
        "is_revealed": is_revealed,
        "connection": _connection(request, entry),
        "person": person,
        "group": group,
        "others": _earlier(request, entry),
        "may_reveal": {Permission.MANAGE_PROVISIONING, Permission.MANAGE_USERS} <= request.permissions,
    }
    return render(request, "portal/requests/detail.html", context)


def _about(request: PortalRequest, resource: UUID | None) -> tuple[User | None, Group | None]:
    """The user or the group with this id that the viewer may see."""
    if resource is None:
        return None, None
    person = group = None
    if Permission.VIEW_USERS in request.permissions:
        person = User.objects.in_organization(request.organization).filter(pk=resource).first()
    if person is None and Permission.VIEW_GROUPS in request.permissions:
        group = Group.objects.in_organization(request.organization).filter(pk=resource).first()
    return person, group


def _name_of(request: PortalRequest, resource: UUID | None) -> str:
    """The label of the resource filter: a name if there is one, otherwise the id."""
    person, group = _about(request, resource)
    return person.display_label if person else plain(group.display_name) if group else str(resource or "")


def _earlier(request: PortalRequest, entry: ScimRequest) -> list[tuple[ScimRequest, str]]:
    """The last requests before this one about the same resource, with their shortened paths."""
    if entry.resource_id is None:
        return []
    same = ScimRequest.objects.in_organization(request.organization).about(entry.resource_id).filter(id__lt=entry.id)
    return [(one, _short(request, one)) for one in same.order_by("-id").defer("body", "answer")[:EARLIER]]


def _short(request: PortalRequest, entry: ScimRequest) -> str:
    """The masked path, without the prefix that all paths of this organization have."""
    path = masked_path(entry.path)
    return path.removeprefix(f"/v1/scim/{request.organization.pk}") or path


def _choices(request: PortalRequest, chosen: UUID | None) -> list[Connection]:
    """The connections to choose from, including the chosen one."""
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
    """The entry with this id, or with this request id that the client chose."""
    log = ScimRequest.objects.in_organization(request.organization)
    if entry := log.named(str(entry_id)).order_by("-id").first():
        return entry
    raise Http404


def _uuid(query: QueryDict, name: str) -> UUID | None:
    try:
        return UUID(str(query[name])) if query.get(name) else None
    except ValueError:
        raise Http404 from None


def _address(query: QueryDict, name: str, value: str = "") -> str:
    """The query string with a new value of this parameter; "" removes it. Any other `before` is removed, too."""
    changed = query.copy()
    for each in {name, "before"}:
        changed.pop(each, None)
    if value:
        changed[name] = value
    return f"?{changed.urlencode()}"
