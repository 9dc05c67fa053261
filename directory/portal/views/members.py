"""The page of a group with its members, and adding and removing members."""

from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from controlhub.models import Permission
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.partials import render_whole_or_part
from controlhub.portal.refusals import Refusals, status_of
from controlhub.portal.tables import Column, Table
from controlhub.portal.timelines import timeline
from directory.actions.members import add_members, remove_members
from directory.models import Group, GroupKind, Membership, Person
from directory.portal.forms.groups import MembersForm, PickerSearch
from directory.portal.keysets import page_of
from directory.portal.searches import find_groups, find_people
from directory.portal.views.groups import find

SHOWN = 25
AT_ONCE = 200
MOST_PARENTS = 25
MEMBERS = Table(
    _lazy("Members"),
    (
        Column("select", _lazy("Select"), css="c-check", is_label_shown=False, is_labelled=False),
        Column("name", _lazy("Name"), css="c-name", is_row_header=True, is_labelled=False),
        Column("upn", _lazy("User principal name"), css="c-mail muted", is_labelled=False),
        Column("added", _lazy("Added"), css="hide-md muted"),
    ),
    css="people choose members",
)


@require_safe
@require(Permission.VIEW_DIRECTORY)
def directory_group_detail(request: PortalRequest, directory_group_id: UUID) -> HttpResponse:
    """Direct members in the order in which they were added. Deleted people are not shown."""
    group = find(request, directory_group_id)
    members = group.memberships.filter(Q(person=None) | Q(person__deleted_at=None)).select_related("person", "child")
    page = page_of(members, request.GET, among=group.memberships.all(), key="created_at")
    may_manage = Permission.MANAGE_DIRECTORY in request.permissions
    may_choose = may_manage and group.kind == GroupKind.ASSIGNED
    context = {
        "group": group,
        "members": page.rows,
        "table": MEMBERS if may_choose else MEMBERS.without("select"),
        "may_manage": may_manage,
        "may_choose": may_choose,
        "parents": Group.objects.filter(memberships__child=group).order_by("display_name_key")[:MOST_PARENTS],
        "assignments": group.assignments.select_related("application").order_by("application__name")[:MOST_PARENTS],
        "days": timeline(group).days if Permission.VIEW_AUDIT in request.permissions else [],
        "first": page.first,
        "previous": page.previous,
        "next": page.next,
    }
    return render(request, "directory/groups/detail.html", context)


@require(Permission.MANAGE_DIRECTORY)
def directory_group_member_add(request: PortalRequest, directory_group_id: UUID) -> HttpResponse:
    """Search, select, add. A refused form shows the same search again, with the reason."""
    group = find(request, directory_group_id)
    form = MembersForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        ids = form.cleaned_data["ids"][:AT_ONCE]
        if not ids:
            messages.error(request, _("Select at least one person or group."))
            return redirect(request.get_full_path())
        with Refusals(request, form) as refused:
            number = add_members(group, ids=ids, actor=request.actor)
        if not refused:
            text = ngettext("{number} member added to {name}.", "{number} members added to {name}.", number)
            messages.success(request, text.format(number=number, name=group.display_name))
            return redirect("directory-group-detail", group.pk)
    search = PickerSearch(request.GET)
    context = {"group": group, "search": search, "form": form, **_found(group, search.text)}
    part = "directory/groups/_picker.html"
    response = render_whole_or_part(request, "directory/groups/add_members.html", part, context)
    response.status_code = status_of(form)
    return response


@require(Permission.MANAGE_DIRECTORY, page="directory-group-detail")
def directory_group_member_remove(request: PortalRequest, directory_group_id: UUID) -> HttpResponse:
    """Remove people and groups from this group only; they can be added again."""
    group = find(request, directory_group_id)
    form = MembersForm(request.POST)
    ids = form.cleaned_data["ids"][:AT_ONCE] if form.is_valid() else []
    if not ids:
        messages.error(request, _("Select at least one member."))
        return redirect("directory-group-detail", group.pk)
    with Refusals(request):
        number = remove_members(group, ids=ids, actor=request.actor)
        text = ngettext("{number} member removed from {name}.", "{number} members removed from {name}.", number)
        messages.success(request, text.format(number=number, name=group.display_name))
    return redirect("directory-group-detail", group.pk)


def _found(group: Group, text: str) -> dict[str, object]:
    """The first people and groups that the search finds, and which of them are members."""
    if not text:
        return {"text": "", "people": [], "groups": [], "members": set()}
    organization = group.organization
    people = list(find_people(Person.objects.current(), organization, text)[: SHOWN + 1])
    groups = list(find_groups(organization, text).exclude(pk=group.pk).order_by("display_name_key")[: SHOWN + 1])
    own = Membership.objects.filter(Q(person__in=people) | Q(child__in=groups), group=group)
    members = {pk for pair in own.values_list("person_id", "child_id") for pk in pair if pk}
    is_cut = len(people) > SHOWN or len(groups) > SHOWN
    shown = {"people": people[:SHOWN], "groups": groups[:SHOWN]}
    return {"text": text, "members": members, "is_cut": is_cut, **shown}
