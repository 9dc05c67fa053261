"""Adding people and groups to a group: search, select, add. It works without JavaScript."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controlhub.actions.managed_groups import join_group
from controlhub.models import Group, Membership, Permission, User
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.drafts import draft_of, fill
from controlhub.portal.forms.groups import MembersForm, PickerSearch
from controlhub.portal.partials import render_whole_or_part
from controlhub.portal.refusals import Refusals, status_of
from controlhub.portal.searches import find_groups, find_people
from controlhub.portal.views.groups.members import AT_ONCE, chosen, find, shell

SHOWN = 25


@require(Permission.MANAGE_GROUPS)
def group_member_add(request: PortalRequest, group_id: UUID) -> HttpResponse:
    """A refused form shows the same search again, with the reason."""
    group = find(request, group_id)
    is_owned = group.owner is not None
    form = MembersForm(request.POST if request.method == "POST" else None, is_owned=is_owned)
    if form.is_valid():
        ids = form.cleaned_data["ids"][:AT_ONCE]
        if not ids:
            messages.error(request, _("Select at least one person or group."))
            return redirect(request.get_full_path())
        with Refusals(request, form) as refused:
            number = join_group(group, ids=ids, reason=form.given_reason, actor=request.actor)
        if not refused:
            _say_added(request, group, number)
            return redirect("group-detail", group.pk)
    search = PickerSearch(request.GET)
    drafted = MembersForm(draft_of(request), is_owned=is_owned)
    kept = drafted.cleaned_data["ids"][:AT_ONCE] if drafted.is_bound and not drafted.errors.get("ids") else []
    form = fill(form, draft_of(request))
    context = {
        **shell(request, group, "members"),
        "search": search,
        "form": form,
        **_found(group, search.text, kept),
        "kept": kept,
    }
    response = render_whole_or_part(request, "portal/groups/add_members.html", "portal/groups/_picker.html", context)
    response.status_code = status_of(form)
    return response


def _found(group: Group, text: str, kept: list[UUID]) -> dict[str, object]:
    """The first people and groups that the search finds, and which are members; without a search, those in `kept`."""
    if not text:
        people, groups = chosen(group.organization, kept)
        return {"text": "", "people": people, "groups": groups, "members": set()}
    found = find_people(group.organization, text, most=SHOWN)
    found_groups = find_groups(group.organization, text)
    group_ids = [pk for pk in found_groups.ids if pk != group.pk]
    shown_people = _in_order(User.objects.in_organization(group.organization).in_bulk(found.ids), found.ids)
    shown_groups = _in_order(
        Group.objects.in_organization(group.organization).in_bulk(group_ids[:SHOWN]), group_ids[:SHOWN]
    )
    members = Membership.objects.filter(Q(user__in=found.ids) | Q(child__in=group_ids[:SHOWN]), group=group)
    ids = {pk for pair in members.values_list("user_id", "child_id") for pk in pair if pk}
    is_cut = found.is_cut or len(group_ids) > SHOWN
    return {"text": text, "people": shown_people, "groups": shown_groups, "members": ids, "is_cut": is_cut}


def _in_order(rows: Mapping[UUID, object], ids: Sequence[UUID]) -> list[object]:
    return [rows[pk] for pk in ids if pk in rows]


def _say_added(request: PortalRequest, group: Group, number: int) -> None:
    text = ngettext("{number} member added to {name}.", "{number} members added to {name}.", number).format(
        number=number, name=group.display_name
    )
    (messages.success if number else messages.info)(request, text)
