"""Where administrator roles come from: the person's own role, or direct membership of a group."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from controlhub.models.groups import Group, Membership
from controlhub.models.roles import Role
from controlhub.models.users import User


@dataclass(frozen=True, slots=True)
class RoleWay:
    """A source of a role. `group` is None for a person's own role. Exactly one source of each person `applies`."""

    role: Role
    group: Group | None
    applies: bool = False


def role_ways(people: Iterable[User]) -> dict[UUID, list[RoleWay]]:
    """Returns the sources of each person's role, the one that applies first. The list is empty without a role.

    A person's own role takes precedence over roles from groups. If there are several groups, the role that is first in
    `Role` applies.
    """
    ways: dict[UUID, list[RoleWay]] = {}
    for person in people:
        ways[person.pk] = [RoleWay(Role(person.portal_role), None)] if person.portal_role else []
    rows = Membership.objects.filter(user__in=list(ways), group__role_mapping__isnull=False)
    for row in rows.select_related("group__role_mapping").order_by("group__display_name_key", "group_id"):
        if row.user_id is not None:
            ways[row.user_id].append(RoleWay(Role(row.group.role_mapping.role), row.group))
    return {pk: _ranked(found) for pk, found in ways.items()}


def _ranked(ways: list[RoleWay]) -> list[RoleWay]:
    order = list(Role)
    ranked = sorted(ways, key=lambda way: (way.group is not None, order.index(way.role)))
    return [replace(way, applies=number == 0) for number, way in enumerate(ranked)]
