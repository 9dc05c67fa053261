"""Groups: the list, and creating, editing and deleting one."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_safe

from controlhub.models import Permission
from controlhub.portal.access import PortalRequest, find_or_404, require
from controlhub.portal.drafts import draft_of, fill
from controlhub.portal.partials import render_whole_or_part
from controlhub.portal.refusals import Refusals, status_of
from controlhub.portal.tables import Column, Table
from directory.actions.groups import create_group, delete_group, update_group
from directory.models import Group
from directory.portal.forms.groups import GroupForm, GroupSearch
from directory.portal.keysets import page_of
from directory.portal.searches import find_groups

TABLE = Table(
    _lazy("Groups in the directory"),
    (
        Column("name", _lazy("Name"), css="c-name", is_row_header=True, is_labelled=False),
        Column("description", _lazy("Description"), css="hide-md muted"),
        Column("kind", _lazy("Membership")),
        Column("members", _lazy("Members"), css="num"),
        Column("changed", _lazy("Changed"), css="hide-md muted"),
    ),
    css="groups",
)


@require_safe
@require(Permission.VIEW_DIRECTORY)
def directory_group_list(request: PortalRequest) -> HttpResponse:
    form = GroupSearch(request.GET)
    filters = form.chosen
    own = groups = Group.objects.in_organization(request.organization)
    if text := filters.get("q"):
        groups = groups.filter(pk__in=find_groups(request.organization, text).values("pk"))
    if kind := filters.get("kind"):
        groups = groups.filter(kind=kind)
    page = page_of(groups, request.GET, among=own, key="display_name_key")
    context = {
        "form": form,
        "table": TABLE,
        "groups": page.rows,
        "is_filtered": bool(filters),
        "may_manage": Permission.MANAGE_DIRECTORY in request.permissions,
        "first": page.first,
        "previous": page.previous,
        "next": page.next,
    }
    return render_whole_or_part(request, "directory/groups/list.html", "directory/groups/_list.html", context)


@require(Permission.MANAGE_DIRECTORY)
def directory_group_add(request: PortalRequest) -> HttpResponse:
    form = GroupForm(request.POST or None)
    if form.is_valid():
        name, description = form.cleaned_data["name"], form.cleaned_data["description"]
        with Refusals(request, form, field="name"):
            group = create_group(request.organization, display_name=name, description=description, actor=request.actor)
            messages.success(request, _("{name} created.").format(name=group.display_name))
            return redirect("directory-group-detail", group.pk)
    context = {"form": fill(form, draft_of(request))}
    return render(request, "directory/groups/add.html", context, status=status_of(form))


@require(Permission.MANAGE_DIRECTORY)
def directory_group_edit(request: PortalRequest, directory_group_id: UUID) -> HttpResponse:
    group = find(request, directory_group_id)
    form = GroupForm(request.POST or None, initial={"name": group.display_name, "description": group.description})
    if form.is_valid():
        name, description = form.cleaned_data["name"], form.cleaned_data["description"]
        with Refusals(request, form, field="name"):
            update_group(group, display_name=name, description=description, actor=request.actor)
            messages.success(request, _("Changes saved."))
            return redirect("directory-group-detail", group.pk)
    context = {"group": group, "form": form}
    return render(request, "directory/groups/edit.html", context, status=status_of(form))


@require(Permission.MANAGE_DIRECTORY)
def directory_group_delete(request: PortalRequest, directory_group_id: UUID) -> HttpResponse:
    """Delete a group, but not the people and groups in it."""
    group = find(request, directory_group_id)
    if request.method == "POST":
        with Refusals(request):
            delete_group(group, actor=request.actor)
            messages.success(request, _("{name} deleted.").format(name=group.display_name))
        return redirect("directory-group-list")
    context = {"group": group, "applications": list(group.assignments.select_related("application")[:25])}
    return render(request, "directory/groups/delete.html", context)


def find(request: PortalRequest, directory_group_id: UUID) -> Group:
    return find_or_404(request, Group.objects.select_related("organization"), pk=directory_group_id)
