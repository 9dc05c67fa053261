"""What a bulk action would do: how many users it changes, what ends with that, and which users it leaves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.functional import Promise

from audit.actor import Actor
from controlhub.actions.bulk import BulkKind
from controlhub.actions.bulk.rules import LABELS, Ends, divide_selection, find_ends
from controlhub.models import Connection, Organization, User
from controlhub.sql.bulk import Left
from controlhub.sql.removals import limits, usual
from controlhub.user_lists import Selection

LISTED = 10


@dataclass(frozen=True, slots=True)
class Exceptions:
    """Users that are left for one reason: `number` of them, and the first ones."""

    label: str | Promise
    number: int
    users: Sequence[User]

    @property
    def more(self) -> int:
        return self.number - len(self.users)


@dataclass(frozen=True, slots=True)
class Preview:
    """`number` of the `selected` users change; the first ones of them are `users`. `owners` names connections.

    `daily_limit` is set where more users are deleted than may be permanently deleted within a day.
    """

    selected: int
    number: int
    users: Sequence[User]
    exceptions: Sequence[Exceptions]
    owners: Sequence[tuple[str, int]]
    ends: Ends | None
    daily_limit: int | None

    @property
    def more(self) -> int:
        return self.number - len(self.users)


def preview(
    organization: Organization, kind: BulkKind, selection: Selection, *, actor: Actor, has_ends: bool
) -> Preview:
    """A constant number of statements. With `has_ends`, also what ends with the access of the users."""
    divided = divide_selection(organization, kind.rule, selection.ids, actor=actor)
    left = {pk for reason in divided.left for pk in reason.ids}
    first = divided.first[:LISTED]
    found = User.objects.in_organization(organization).in_bulk([*first, *left])
    limit = _daily_limit(organization) if has_ends else None
    return Preview(
        len(selection.ids),
        divided.number,
        _in_order(found, first),
        [_exceptions(reason, found) for reason in divided.left],
        _names(organization, divided.owners),
        find_ends(organization, kind.rule, selection.ids, actor=actor) if has_ends else None,
        limit if limit is not None and divided.number > limit else None,
    )


def _exceptions(left: Left, found: dict[UUID, User]) -> Exceptions:
    return Exceptions(LABELS[left.reason], left.number, _in_order(found, left.ids))


def _in_order(found: dict[UUID, User], ids: Sequence[UUID]) -> list[User]:
    return [found[pk] for pk in ids if pk in found]


def _names(organization: Organization, owners: Mapping[UUID, int]) -> list[tuple[str, int]]:
    connections = Connection.objects.in_organization(organization).filter(pk__in=owners).order_by("name")
    return [(connection.name, owners[connection.pk]) for connection in connections]


def _daily_limit(organization: Organization) -> int:
    """How many users may be permanently deleted within a day before an administrator is asked."""
    rule = limits(organization.pk, floor=organization.purge_floor, share=organization.purge_share)
    return usual({**rule, "most": 2**40})
