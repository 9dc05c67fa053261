"""Administrators and their roles."""

import csv
from collections.abc import Iterator
from itertools import chain
from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_safe

from controlhub.actions.exports import note_download
from controlhub.actions.mappings import map_group, unmap_group
from controlhub.actions.organizations import audit_target
from controlhub.actions.role_grants import give_role
from controlhub.models import Organization, Permission, Role, RoleMapping, User
from controlhub.portal.access import PortalRequest, find_or_404, require
from controlhub.portal.drafts import draft_of, fill
from controlhub.portal.forms.admins import GiveForm, GroupRoleForm
from controlhub.portal.forms.filters import CursorForm
from controlhub.portal.forms.groups import PickerSearch
from controlhub.portal.holders import all_holders, holder_ids, holders_of
from controlhub.portal.partials import render_whole_or_part
from controlhub.portal.refusals import Refusals, status_of
from controlhub.portal.searches import Found, find_people
from controlhub.portal.tables import Column, Table
from controlhub.portal.views.groups.lists import address
from controlhub.portal.views.groups.picker import SHOWN
from controlhub.text.spreadsheets import cell_text

HOLDERS = Table(
    _lazy("Administrators"),
    (
        Column("person", _lazy("Name"), css="c-name wrap", is_row_header=True, is_labelled=False),
        Column("role", _lazy("Role")),
        Column("way", _lazy("Assignment"), css="wrap"),
        Column("status", _lazy("Status"), css="hide-md"),
        Column("signed_in", _lazy("Last sign-in"), css="hide-lg muted"),
        Column("factor", _lazy("Second factor"), css="hide-lg"),
        Column("actions", _lazy("Actions"), is_label_shown=False, is_labelled=False),
    ),
    css="people",
)
MATRIX = Table(
    _lazy("Permissions of each role"),
    (
        Column("permission", _lazy("Permission"), css="c-name", is_row_header=True, is_labelled=False),
        *(Column(role.value, role.label) for role in Role),
    ),
)
MOST_MAPPINGS = 200
EXPORT_NAME = "admin-roles.csv"
HEADER = (
    "Name",
    "userName",
    "Sign-in address",
    "Status",
    "Role",
    "How",
    "Group",
    "Applies",
    "Last sign-in (UTC)",
    "Second factor",
)


@require_safe
@require(Permission.VIEW_USERS)
def admin_list(request: PortalRequest) -> HttpResponse:
    return page(request, fill(form_of(request), draft_of(request, reverse("group-map"))))


def form_of(request: PortalRequest, data: object = None) -> GroupRoleForm:
    return GroupRoleForm(data, organization=request.organization, by=Role(request.account.role))


def page(request: PortalRequest, form: GroupRoleForm, *, status: int = 200) -> HttpResponse:
    cursor = CursorForm(request.GET).cursor
    ids, has_previous, has_next = holder_ids(request.organization, cursor["after"], cursor["before"])
    mappings = RoleMapping.objects.in_organization(request.organization).select_related("group")
    context = {
        "holders": holders_of(request.organization, ids),
        "previous": address(request.GET, before=ids[0]) if has_previous and ids else "",
        "next": address(request.GET, after=ids[-1]) if has_next and ids else "",
        "first": address(request.GET) if has_previous else "",
        "mappings": mappings.order_by("group__display_name_key")[:MOST_MAPPINGS],
        "matrix": [
            (permission.label, [(role.value, role.may(permission)) for role in Role]) for permission in Permission
        ],
        "form": form,
        "holders_table": HOLDERS,
        "matrix_table": MATRIX,
    }
    return render(request, "portal/admins/list.html", context, status=status)


@require_safe
@require(Permission.VIEW_USERS)
def admin_export(request: PortalRequest) -> HttpResponse:
    """Every source of every administrator's role, one row each, for an access review."""
    note_download(audit_target(request.organization), file=EXPORT_NAME, actor=request.actor)
    rows = chain([HEADER], _export_rows(request.organization))
    writer = csv.writer(_Echo())
    lines = (writer.writerow([cell_text(value) for value in row]) for row in rows)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{EXPORT_NAME}"'
    return cast("HttpResponse", response)  # the guard only sets headers


class _Echo:
    """A file whose `write` returns its argument."""

    def write(self, line: str) -> str:
        return line


def _export_rows(organization: Organization) -> Iterator[tuple[object, ...]]:
    for holder in all_holders(organization):
        person = holder.person
        signed_in = f"{holder.last_login:%Y-%m-%d %H:%M}" if holder.last_login else "Never"
        for way in holder.ways:
            yield (
                *(person.display_label, person.shown_user_name, holder.address, person.status_label, way.role.label),
                *("Group" if way.group else "Direct", way.group.display_name if way.group else ""),
                *("Yes" if way.applies else "No", signed_in, "Yes" if holder.has_factor else "No"),
            )


@require(Permission.MANAGE_ROLES)
def admin_give(request: PortalRequest) -> HttpResponse:
    """Find a person of the organization and give them a role."""
    own = Role(request.account.role)
    search = PickerSearch(request.GET)
    form = GiveForm(request.POST or None, organization=request.organization, by=own)
    if form.is_valid():
        person, role = form.cleaned_data["user"], form.cleaned_data["role"]
        with Refusals(request, form, field="user"):
            give_role(person, role=role, actor=request.actor)
            text = _("{name} now has the role {role}.").format(name=person.display_label, role=role.label)
            messages.success(request, text)
            return redirect("admin-list")
    draft = draft_of(request)
    kept = GiveForm(draft, organization=request.organization, by=own).kept if draft else None
    form = fill(form, draft)
    found = find_people(request.organization, search.text, most=SHOWN) if search.text else Found([kept] if kept else [])
    rows = User.objects.in_organization(request.organization).in_bulk(found.ids)
    people = [rows[pk] for pk in found.ids if pk in rows]
    context = {"search": search, "text": search.text, "people": people, "is_cut": found.is_cut}
    context |= {"form": form, "kept": kept}
    response = render_whole_or_part(request, "portal/admins/give.html", "portal/admins/_people.html", context)
    response.status_code = status_of(form)
    return response


@require(Permission.MANAGE_ROLES, page="admin-list")
def group_map(request: PortalRequest) -> HttpResponse:
    """Give the members of a group an administrator role."""
    form = form_of(request, request.POST)
    if not form.is_valid():
        return page(request, form, status=422)
    group, role = form.cleaned_data["group"], form.cleaned_data["role"]
    with Refusals(request, form) as refused:
        map_group(group, role=role, actor=request.actor)
    if refused:
        return page(request, form, status=409)
    messages.success(
        request,
        _("Members of {display_name} now have the role {label}.").format(
            display_name=group.display_name, label=role.label
        ),
    )
    return redirect("admin-list")


@require(Permission.MANAGE_ROLES, page="admin-list")
def group_unmap(request: PortalRequest, group_id: UUID) -> HttpResponse:
    mapping = find_or_404(request, RoleMapping.objects.select_related("group"), pk=group_id)
    with Refusals(request):
        unmap_group(mapping, actor=request.actor)
        messages.success(
            request,
            _("Members of {display_name} are no longer administrators.").format(
                display_name=mapping.group.display_name
            ),
        )
    return redirect("admin-list")
