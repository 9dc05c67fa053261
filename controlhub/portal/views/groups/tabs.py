"""The other tabs of a group: settings, nested groups, activity and the SCIM record."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from controlhub.models import Group, Permission, Role
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.forms.admins import covered_by
from controlhub.portal.forms.filters import CursorForm
from controlhub.portal.timelines import timeline
from controlhub.portal.views.groups.lists import address
from controlhub.portal.views.groups.members import find, shell
from controlhub.sql.searches import tree_below
from controlhub.text.readable import escaped

MOST_NESTED = 200
DEPTH = 5
MOST_PARENTS = 25
LEVELS = ("tree__1", "tree__2", "tree__3", "tree__4", "tree__5")
"""The classes that indent the levels of the tree."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A group in the tree of nested groups; `depth` is 1 for a direct member."""

    group: Group
    depth: int

    @property
    def css(self) -> str:
        return LEVELS[self.depth - 1]


@require_safe
@require(Permission.VIEW_GROUPS)
def group_settings(request: PortalRequest, group_id: UUID) -> HttpResponse:
    group = find(request, group_id)
    mapping = getattr(group, "role_mapping", None)
    own = Role(request.account.role)
    may_give = Permission.MANAGE_ROLES in request.permissions and (mapping is None or own.covers(Role(mapping.role)))
    context = {
        **shell(request, group, "settings"),
        "mapping": mapping,
        "roles": covered_by(own)[::-1] if may_give else [],
        "parents": Group.objects.filter(memberships__child=group).order_by("display_name_key")[:MOST_PARENTS],
    }
    return render(request, "portal/groups/settings.html", context)


@require_safe
@require(Permission.VIEW_GROUPS)
def group_nested(request: PortalRequest, group_id: UUID) -> HttpResponse:
    group = find(request, group_id)
    found = tree_below(group.pk, depth=DEPTH, most=MOST_NESTED + 1)
    context = {
        **shell(request, group, "nested"),
        "branches": _branches(group, found[:MOST_NESTED]),
        "is_cut": len(found) > MOST_NESTED,
        "most": MOST_NESTED,
        "depth": DEPTH,
    }
    return render(request, "portal/groups/nested.html", context)


@require_safe
@require(Permission.VIEW_GROUPS, Permission.VIEW_AUDIT)
def group_activity(request: PortalRequest, group_id: UUID) -> HttpResponse:
    """The audit events of the group, newest first."""
    group = find(request, group_id)
    after = CursorForm(request.GET).cursor["after"]
    found = timeline(group, after=after)
    context = {
        **shell(request, group, "activity"),
        "days": found.days,
        "older": address(request.GET, after=found.older) if found.older else "",
        "newest": address(request.GET) if after else "",
    }
    return render(request, "portal/groups/activity.html", context)


@require_safe
@require(Permission.VIEW_GROUPS)
def group_record(request: PortalRequest, group_id: UUID) -> HttpResponse:
    """The document as SCIM sends it, without the members, of which there may be many."""
    group = find(request, group_id)
    etag = f'W/"{group.version}"'
    meta = {"resourceType": "Group", **json.loads(f"{{{group.moments}}}"), "version": etag}
    document = {"id": str(group.pk), **group.document, "meta": meta}
    text = escaped(json.dumps(document, indent=2, ensure_ascii=False), but="\n")
    return render(
        request, "portal/groups/record.html", {**shell(request, group, "record"), "record": text, "etag": etag}
    )


def _branches(group: Group, found: Iterable[tuple[UUID, list[UUID]]]) -> list[Branch]:
    """The tree in reading order: each group after the group that contains it, sorted by name."""
    paths = {tuple(path) for _, path in found}
    rows = Group.objects.in_organization(group.organization).in_bulk({path[-1] for path in paths})
    keys = {pk: (row.display_name_key, str(pk)) for pk, row in rows.items()}
    ordered = sorted(path for path in paths if all(pk in rows for pk in path))
    ordered.sort(key=lambda path: [keys[pk] for pk in path])
    return [Branch(rows[path[-1]], len(path)) for path in ordered]
