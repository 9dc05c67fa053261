"""A page of a user's direct and inherited groups by name, each with the groups through which it is inherited."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from controlhub.models import Group, User
from controlhub.portal.member_pages import Kind, MemberQuery, slice_at
from controlhub.sql.user_groups import groups_of

MOST = 2_000
"""The maximum number of direct memberships, and of paths to inherited groups, that are read."""


@dataclass(frozen=True, slots=True)
class JoinedGroup:
    """`via` are the nested groups through which the user is a member."""

    group: Group
    is_direct: bool
    via: list[Group]


@dataclass(frozen=True, slots=True)
class GroupPage:
    """`number` is the number of direct memberships; with `is_cut`, there are more groups than were read."""

    groups: list[JoinedGroup]
    number: int
    has_previous: bool
    has_next: bool
    is_cut: bool


def groups_page(user: User, query: MemberQuery) -> GroupPage:
    """A page of the groups that match the query, in three statements."""
    found = groups_of(user.pk, most=MOST)
    if not user.organization.nests_groups:
        found = [(group, via) for group, via in found if via is None]
    direct = {group for group, via in found if via is None}
    wanted = {Kind.ALL: {group for group, _ in found}, Kind.DIRECT: direct}
    chosen = wanted.get(query.kind, {group for group, via in found if via is not None})
    rows = Group.objects.in_organization(user.organization)
    named = rows.filter(pk__in=chosen).order_by("display_name_key", "pk").values_list("pk", flat=True)
    ids, has_previous, has_next = slice_at(list(named), query.after, query.before)
    ways = [(group, via) for group, via in found if via is not None and group in set(ids)]
    groups = rows.select_related("role_mapping").in_bulk({*ids, *(via for _, via in ways)})
    joined = [JoinedGroup(groups[pk], pk in direct, _via(groups, ways, pk)) for pk in ids if pk in groups]
    return GroupPage(joined, len(direct), has_previous, has_next, is_cut=_is_cut(found, direct))


def _via(groups: dict[UUID, Group], ways: Iterable[tuple[UUID, UUID | None]], pk: UUID) -> list[Group]:
    found = [groups[via] for group, via in ways if group == pk and via in groups]
    return sorted(found, key=lambda group: group.display_name_key)


def _is_cut(found: Sequence[object], direct: Sequence[object] | set[UUID]) -> bool:
    return len(direct) >= MOST or len(found) - len(direct) >= MOST
