"""The preview of a bulk action: how many users it changes, what ends with their access, and which users it skips."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.functional import Promise

from audit.actor import Actor
from controlhub.actions.bulk import BulkKind
from controlhub.actions.bulk.rules import LABELS, Ends, divide_selection, find_ends
from controlhub.actions.purges import daily_limit
from controlhub.models import Connection, Organization, Status, User
from controlhub.portal.endings import Deletion, deletion_after
from controlhub.sql.bulk import Left
from controlhub.user_lists import Selection

LISTED = 10


@dataclass(frozen=True, slots=True)
class Exceptions:
    """Users that are skipped for one reason: their number, and the first ones."""

    label: str | Promise
    number: int
    users: Sequence[User]

    @property
    def more(self) -> int:
        return self.number - len(self.users)


@dataclass(frozen=True, slots=True)
class Preview:
    """`number` of the `selected` users change; `users` are the first of them. `owners` names connections.

    `administrators` are the first users who lose their role. `deletion` is what happens next to users who become
    Inactive now. `daily_limit` is set if the action deletes more users than may be permanently deleted within a day.
    """

    selected: int
    number: int
    users: Sequence[User]
    exceptions: Sequence[Exceptions]
    owners: Sequence[tuple[str, int]]
    ends: Ends | None
    administrators: Sequence[User]
    deletion: Deletion | None
    daily_limit: int | None

    @property
    def more(self) -> int:
        return self.number - len(self.users)

    @property
    def more_administrators(self) -> int:
        return self.ends.administrators - len(self.administrators) if self.ends else 0


@dataclass(frozen=True, slots=True)
class Ask:
    """The action to preview. With `has_ends`, the preview includes what ends with the access of the users.

    `makes` is the new status of the users, if permanent deletion may follow.
    """

    kind: BulkKind
    has_ends: bool = False
    makes: Status | None = None


def preview(organization: Organization, asked: Ask, selection: Selection, *, actor: Actor) -> Preview:
    """Takes a constant number of statements."""
    rule = asked.kind.rule
    divided = divide_selection(organization, rule, selection.ids, actor=actor)
    left = {pk for reason in divided.left for pk in reason.ids}
    first = divided.first[:LISTED]
    ends = find_ends(organization, rule, selection.ids, actor=actor) if asked.has_ends else None
    named = ends.named if ends else []
    found = User.objects.in_organization(organization).in_bulk([*first, *left, *named])
    limit = daily_limit(organization) if asked.makes else None
    return Preview(
        len(selection.ids),
        divided.number,
        _in_order(found, first),
        [_exceptions(reason, found) for reason in divided.left],
        _names(organization, divided.owners),
        ends,
        _in_order(found, named),
        deletion_after(organization, deletes=asked.makes is Status.DELETED) if asked.makes else None,
        limit if limit is not None and divided.number > limit else None,
    )


def _exceptions(left: Left, found: dict[UUID, User]) -> Exceptions:
    return Exceptions(LABELS[left.reason], left.number, _in_order(found, left.ids))


def _in_order(found: dict[UUID, User], ids: Sequence[UUID]) -> list[User]:
    return [found[pk] for pk in ids if pk in found]


def _names(organization: Organization, owners: Mapping[UUID, int]) -> list[tuple[str, int]]:
    connections = Connection.objects.in_organization(organization).filter(pk__in=owners).order_by("name")
    return [(connection.name, owners[connection.pk]) for connection in connections]
