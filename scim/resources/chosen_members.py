"""The members of a group that an operation selects, by values or by a filter on `members`."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from controlhub.models import Group, Membership
from controlhub.text.identifiers import id_of
from scim.protocol.errors import InvalidFilter, InvalidValue
from scim.protocol.nodes import And, Comparison, Node, Operator, Or
from scim.protocol.patch import DetachedOperation
from scim.protocol.schemas import Document

TYPES = frozenset({"user", "group"})


@dataclass(frozen=True, slots=True)
class NamedMember:
    """A member in a request: its `value` as it was written, and the types that it may have, in lowercase."""

    value: str
    types: frozenset[str] = TYPES

    @property
    def id(self) -> UUID | None:
        """The value as an id; None if it is not a valid id."""
        return id_of(self.value)

    @property
    def key(self) -> str:
        return str(self.id or self.value)


@dataclass(frozen=True, slots=True)
class NamedMembers:
    """The members that a filter or an array of values selects."""

    members: tuple[NamedMember, ...]

    @property
    def ids(self) -> list[UUID]:
        return [found for member in self.members if (found := member.id)]

    @property
    def nobody(self) -> list[str]:
        """The values that are not valid ids."""
        return [member.value for member in self.members if member.id is None]

    @property
    def has_types(self) -> bool:
        """Whether the filter also restricts the type of a member."""
        return any(member.types != TYPES for member in self.members)


def known_ids(members: Iterable[Document]) -> tuple[list[UUID], list[str]]:
    """The ids in member values, and the values that are not valid ids."""
    named = _by_values(members)
    return named.ids, named.nobody


def removed_members(operation: DetachedOperation) -> NamedMembers | None:
    """The members to remove; None, for all members, if the operation has neither values nor a filter.

    Raises InvalidValue if `value` and the filter select different members.
    """
    by_value = _by_values(operation.values) if operation.has_value else None
    if operation.condition is None:
        return by_value
    named = parse_member_filter(operation.condition)
    if by_value and {member.key for member in by_value.members} != {member.key for member in named.members}:
        raise InvalidValue("'value' and the filter in 'path' name different members.")
    return named


def of_their_types(group: Group, named: NamedMembers) -> list[UUID]:
    """The ids of the selected members. If the filter has types, only members of the group with the right type."""
    if not named.has_types:
        return named.ids
    by_type = {
        kind: [member.id for member in named.members if member.id and kind in member.types] for kind in sorted(TYPES)
    }
    memberships = Membership.objects.filter(group=group)
    users = memberships.filter(user__in=by_type["user"]).values_list("user_id", flat=True)
    groups = memberships.filter(child__in=by_type["group"]).values_list("child_id", flat=True)
    return [pk for pk in (*users, *groups) if pk]


def parse_member_filter(condition: Node) -> NamedMembers:
    """The members in `value eq "id"`, several of them joined by `or`, each optionally with `and type eq "User"`.

    Raises InvalidFilter for any other condition, because it would have to read every member of the group.
    """
    return NamedMembers(tuple(dict.fromkeys(_named(condition))))


def _named(condition: Node) -> Iterator[NamedMember]:
    match condition:
        case Comparison(path, Operator.EQ, str(value)) if path.name.lower() == "value":
            yield NamedMember(value)
        case Or(terms):
            for term in terms:
                yield from _named(term)
        case And(terms):
            yield from _with_types(terms)
        case _:
            raise InvalidFilter(
                'Identify members with members[value eq "id"]. Join several ids with "or". '
                'Each of them can be followed by "and type eq".'
            )


def _with_types(terms: tuple[Node, ...]) -> Iterator[NamedMember]:
    """Parse one term that selects members, and others that restrict their type."""
    types, named = TYPES, []
    for term in terms:
        match term:
            case Comparison(path, Operator.EQ, str(value)) if path.name.lower() == "type":
                types &= {value.lower()}
            case _:
                named.append(list(_named(term)))
    if len(named) != 1:
        raise InvalidFilter("Each condition on 'members' needs exactly one 'value eq'. Join several ids by \"or\".")
    for member in named[0]:
        yield NamedMember(member.value, member.types & types)


def _by_values(members: Iterable[Document]) -> NamedMembers:
    return NamedMembers(tuple(NamedMember(member["value"]) for member in members))
