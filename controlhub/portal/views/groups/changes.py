"""Creating, renaming and deleting groups."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from controlhub.actions.managed_groups import create_named_group, delete_managed_group, rename_group
from controlhub.models import Permission
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.forms.groups import NameForm, ReasonForm
from controlhub.portal.refusals import Refusals, status_of
from controlhub.portal.views.groups.members import find, shell


@require(Permission.MANAGE_GROUPS)
def group_create(request: PortalRequest) -> HttpResponse:
    form = NameForm(request.POST or None, is_owned=False)
    if form.is_valid():
        with Refusals(request, form, field="display_name"):
            group = create_named_group(
                request.organization, display_name=form.cleaned_data["display_name"], actor=request.actor
            )
            messages.success(request, _("{name} created. Add its members.").format(name=group.display_name))
            return redirect("group-member-add", group.pk)
    return render(request, "portal/groups/create.html", {"form": form}, status=status_of(form))


@require(Permission.MANAGE_GROUPS)
def group_rename(request: PortalRequest, group_id: UUID) -> HttpResponse:
    group = find(request, group_id)
    form = NameForm(
        request.POST or None, is_owned=group.owner is not None, initial={"display_name": group.display_name}
    )
    if form.is_valid():
        with Refusals(request, form, field="display_name"):
            name = form.cleaned_data["display_name"]
            rename_group(group, display_name=name, reason=form.given_reason, actor=request.actor)
            messages.success(request, _("The group is now named {name}.").format(name=name))
            return redirect("group-settings", group.pk)
    context = {**shell(request, group, "settings"), "form": form}
    return render(request, "portal/groups/rename.html", context, status=status_of(form))


@require(Permission.MANAGE_GROUPS)
def group_delete(request: PortalRequest, group_id: UUID) -> HttpResponse:
    """Delete a group, but not the people and groups in it."""
    group = find(request, group_id)
    form = ReasonForm(request.POST if request.method == "POST" else None, is_owned=group.owner is not None)
    if form.is_valid():
        with Refusals(request, form):
            delete_managed_group(group, reason=form.given_reason, actor=request.actor)
            messages.success(request, _("{name} deleted.").format(name=group.display_name))
            return redirect("group-list")
    context = {**shell(request, group, "settings"), "form": form}
    return render(request, "portal/groups/delete.html", context, status=status_of(form))
