"""One page of the people in a group: direct and inherited members, by cursor, and how each is a member."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from controlhub.models import Group, Membership, User
from controlhub.portal.searches import MOST_PEOPLE, query_of, words_of
from controlhub.sql import searches

PAGE = 25
SORTED = 2_000
"""Up to this many members are sorted by name.

If there are more, they are in the order in which they were added to the organization, which needs no sorting.
"""
MOST_BELOW = 500
"""Inherited members come from at most this many groups."""
NIL = UUID(int=0)


class Kind(StrEnum):
    ALL = "all"
    DIRECT = "direct"
    INHERITED = "inherited"


@dataclass(frozen=True, slots=True)
class Way:
    """How a person is a member: directly, or through a nested group."""

    group: Group | None
    since: object


@dataclass(frozen=True, slots=True)
class Member:
    person: User
    ways: list[Way]

    @property
    def is_direct(self) -> bool:
        return any(way.group is None for way in self.ways)


@dataclass(frozen=True, slots=True)
class MemberQuery:
    """`after` and `before` are ids of people; a page begins after the one or ends before the other."""

    kind: Kind = Kind.ALL
    text: str = ""
    after: UUID | None = None
    before: UUID | None = None


@dataclass(frozen=True, slots=True)
class MemberPage:
    members: list[Member] = field(default_factory=list)
    has_previous: bool = False
    has_next: bool = False
    is_sorted: bool = True
    is_cut: bool = False
    """Whether more people match than a search examines."""

    @property
    def first(self) -> UUID:
        return self.members[0].person.pk

    @property
    def last(self) -> UUID:
        return self.members[-1].person.pk


def member_page(group: Group, query: MemberQuery) -> MemberPage:
    """The people of the group that match the query, at most PAGE of them."""
    below = searches.groups_below(group.pk, most=MOST_BELOW) if group.organization.nests_groups else []
    sources = {Kind.ALL: [group.pk, *below], Kind.DIRECT: [group.pk], Kind.INHERITED: below}[query.kind]
    words = words_of(query.text)
    is_small = sum(Group.objects.filter(pk__in=sources).values_list("member_count", flat=True)) <= SORTED
    if is_small:
        ids = searches.members_by_name(sources, words=words, most=SORTED)
        return _named(group, below, *slice_at(ids, query.after, query.before))
    if not words:
        return _named(group, below, *_keyset(sources, query), is_sorted=False)
    question = query_of(words, group.organization)
    if not question:
        return MemberPage(is_cut=True)
    ids = searches.find_members(group.organization_id, sources, words=words, query=question, most=MOST_PEOPLE)
    return _named(group, below, *slice_at(ids, query.after, query.before), is_cut=len(ids) >= MOST_PEOPLE)


def slice_at(ids: Sequence[UUID], after: UUID | None, before: UUID | None) -> tuple[list[UUID], bool, bool]:
    """The ids of the page after or before one of them, and whether there are others before and after it."""
    start = 0
    if after in ids:
        start = ids.index(after) + 1
    elif before in ids:
        start = max(0, ids.index(before) - PAGE)
    end = start + PAGE
    return list(ids[start:end]), start > 0, end < len(ids)


def _keyset(sources: Sequence[UUID], query: MemberQuery) -> tuple[list[UUID], bool, bool]:
    if query.before:
        found = searches.members_before(sources, query.before, limit=PAGE + 1)
        return found[-PAGE:], len(found) > PAGE, True
    found = searches.members_after(sources, query.after or NIL, limit=PAGE + 1)
    return found[:PAGE], query.after is not None, len(found) > PAGE


def _named(
    group: Group,
    below: Sequence[UUID],
    ids: Sequence[UUID],
    has_previous: bool,
    has_next: bool,
    *,
    is_sorted: bool = True,
    is_cut: bool = False,
) -> MemberPage:
    people = User.objects.in_organization(group.organization).in_bulk(ids)
    ways: dict[UUID, list[Way]] = {pk: [] for pk in ids}
    rows = Membership.objects.filter(user__in=ids, group__in=[group.pk, *below]).select_related("group")
    for row in rows.order_by("group__display_name_key"):
        if row.user_id is not None:
            ways[row.user_id].append(Way(None if row.group_id == group.pk else row.group, row.created_at))
    members = [
        Member(people[pk], sorted(ways[pk], key=lambda way: way.group is not None)) for pk in ids if pk in people
    ]
    return MemberPage(members, has_previous, has_next, is_sorted, is_cut)
