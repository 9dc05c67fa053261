"""The members of a group and how they are members, and removing members."""

from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from controlhub.actions.managed_groups import leave_group
from controlhub.models import Group, Membership, Organization, Permission, User
from controlhub.portal.access import PortalRequest, find_or_404, require
from controlhub.portal.forms.groups import MemberSearch, MembersForm
from controlhub.portal.forms.users import ConfirmedForm
from controlhub.portal.member_pages import member_page
from controlhub.portal.partials import render_whole_or_part, wants_part
from controlhub.portal.refusals import Refusals, status_of
from controlhub.portal.tables import Column, Table
from controlhub.portal.views.groups.lists import address

AT_ONCE = 200
MOST_NESTED = 6
"""The maximum number of nested groups that are shown next to the members."""
MEMBERS = Table(
    _lazy("Members"),
    (
        Column("select", _lazy("Select"), css="c-check", is_label_shown=False, is_labelled=False),
        Column("name", _lazy("Name"), css="c-name", is_row_header=True, is_labelled=False),
        Column("status", _lazy("Status"), css="c-stat", is_labelled=False),
        Column("ways", _lazy("Member through"), css="wrap"),
        Column("added", _lazy("Added"), css="hide-md muted c-when"),
    ),
    css="list people choose members",
)


def find(request: PortalRequest, group_id: UUID) -> Group:
    groups = Group.objects.select_related("organization", "connection", "role_mapping")
    return find_or_404(request, groups, pk=group_id)


def shell(request: PortalRequest, group: Group, tab: str) -> dict[str, object]:
    """The context for the header of every page of a group."""
    return {
        "group": group,
        "owner": group.owner,
        "tab": tab,
        "may_manage": Permission.MANAGE_GROUPS in request.permissions,
    }


@require_safe
@require(Permission.VIEW_GROUPS)
def group_detail(request: PortalRequest, group_id: UUID) -> HttpResponse:
    group = find(request, group_id)
    form = MemberSearch(request.GET)
    query = form.query
    page = member_page(group, query)
    may_manage = Permission.MANAGE_GROUPS in request.permissions
    context = {
        **shell(request, group, "members"),
        "form": form,
        "page": page,
        "nested": nested_groups(group) if group.organization.nests_groups and not wants_part(request) else [],
        "kind": query.kind,
        "text": query.text,
        "table": MEMBERS if may_manage else MEMBERS.without("select"),
        "previous": address(request.GET, before=page.first) if page.has_previous and page.members else "",
        "next": address(request.GET, after=page.last) if page.has_next and page.members else "",
        "first": address(request.GET) if page.has_previous else "",
    }
    return render_whole_or_part(request, "portal/groups/members.html", "portal/groups/_members.html", context)


def nested_groups(group: Group) -> QuerySet[Group]:
    """The first groups among the direct members of the group."""
    inside = Membership.objects.filter(group=group, child__isnull=False).values("child")
    return Group.objects.filter(pk__in=inside).order_by("display_name_key", "ordinal")[:MOST_NESTED]


@require(Permission.MANAGE_GROUPS, page="group-detail")
def group_member_remove(request: PortalRequest, group_id: UUID) -> HttpResponse:
    """Asks for confirmation with the members' names, then removes them from this group only."""
    group = find(request, group_id)
    owner = group.owner
    confirmed = ConfirmedForm(request.POST)
    is_confirmed = confirmed.is_valid() and confirmed.cleaned_data["confirm"]
    form = MembersForm(request.POST, is_owned=bool(owner))
    form.is_valid()
    ids = form.cleaned_data["ids"][:AT_ONCE]
    people, groups = chosen(request.organization, ids)
    if not people and not groups:
        messages.error(request, _("Select at least one member."))
        return redirect("group-detail", group.pk)
    if is_confirmed and form.is_valid():
        with Refusals(request, form) as refused:
            number = leave_group(group, ids=ids, reason=form.given_reason, actor=request.actor)
        if not refused:
            _say_removed(request, group, number)
            return redirect("group-detail", group.pk)
    shown = form if is_confirmed else MembersForm(is_owned=bool(owner))
    context = {**shell(request, group, "members"), "form": shown, "people": people, "groups": groups}
    return render(request, "portal/groups/remove_members.html", context, status=status_of(shown))


def chosen(organization: Organization, ids: list[UUID]) -> tuple[list[User], list[Group]]:
    """The people and groups of the organization among these ids."""
    people = User.objects.in_organization(organization).filter(pk__in=ids, hidden=False)
    groups = Group.objects.in_organization(organization).filter(pk__in=ids)
    return list(people.order_by("user_name_key")), list(groups.order_by("display_name_key"))


def _say_removed(request: PortalRequest, group: Group, number: int) -> None:
    text = ngettext("{number} member removed from {name}.", "{number} members removed from {name}.", number).format(
        number=number, name=group.display_name
    )
    (messages.success if number else messages.info)(request, text)
