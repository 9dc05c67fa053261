"""What a user loses with their access, what remains, and when the user is permanently deleted."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, QuerySet, Window
from django.utils.translation import gettext as _

from controlhub.actions.bulk.rules import find_last_admin
from controlhub.database import clock
from controlhub.models import Account, Group, Invitation, Organization, SavedView, Session, User, retention
from controlhub.models.role_ways import RoleWay, role_ways
from controlhub.portal.sign_in_methods import methods_of
from controlhub.text.readable import escaped, plain

NAMED = 5
"""How many objects of each kind are named."""


@dataclass(frozen=True, slots=True)
class Ending:
    """Objects of the user: their number, and what happens to them. `names` are those of the first ones."""

    key: str
    label: str
    effect: str
    number: int = 0
    names: Sequence[str] = ()

    @property
    def more(self) -> int:
        return self.number - len(self.names)


@dataclass(frozen=True, slots=True)
class Deletion:
    """When Inactive users are permanently deleted.

    `at` is None if a rule keeps them, for the reason `kept_because`.
    """

    at: datetime | None
    kept_because: str


@dataclass(frozen=True, slots=True)
class Endings:
    items: Sequence[Ending]
    deletion: Deletion
    is_last_admin: bool


@dataclass(frozen=True, slots=True)
class _Ended:
    """The user as it would be afterwards, for the rules of `retention`."""

    organization: Organization
    deactivated_at: datetime
    is_tombstoned: bool
    extended_until: datetime | None = None
    hold_reason: str = ""
    active: bool = False
    reviewed: bool = True


def endings_of(user: User, *, deletes: bool) -> Endings:
    """The effects of deactivating or deleting the user now. Takes a constant number of statements."""
    since, is_tombstoned = user.deactivated_at or clock.machine_now(), deletes or user.is_tombstoned
    ended = _Ended(user.organization, since, is_tombstoned, user.extended_until, user.hold_reason)
    return Endings(_items(user), _deletion(ended), find_last_admin(user.organization, {user.pk}) == user.pk)


def deletion_after(organization: Organization, *, deletes: bool) -> Deletion:
    """When Active users of the organization would be permanently deleted if they were deactivated or deleted now."""
    return _deletion(_Ended(organization, clock.machine_now(), is_tombstoned=deletes))


def _deletion(ended: _Ended) -> Deletion:
    return Deletion(retention.purge_at(ended), plain(retention.kept_because(ended)))


def _items(user: User) -> list[Ending]:
    account = Account.objects.filter(user=user).first()
    address = account.sign_in_address if account else None
    live = Invitation.objects.live()
    sent = live.filter(created_by=address, user__organization=user.organization_id).order_by("pk")
    views = SavedView.objects.in_organization(user.organization).filter(owner_id=user.pk, is_shared=True)
    methods = methods_of(user.organization, account).labels()
    ways = [_way(way) for way in role_ways([user])[user.pk]]
    groups = Group.objects.filter(memberships__user=user).order_by("display_name_key", "pk")
    return [
        _counted("sessions", _("Sessions"), _("End now"), _sessions(user), _session),
        _counted("tokens", _("Access tokens"), _("Are revoked now"), _tokens(user), lambda token: plain(token.name)),
        _counted("invitation", _("Invitation of this user"), _("Ends now"), live.filter(user=user), _mail),
        _counted("sent", _("Invitations sent by this user"), _("Stay valid"), sent, _mail),
        _listed("roles", _("Administrator roles"), _("Have no effect while the user is Inactive"), ways),
        _counted("views", _("Shared views"), _("Stay, and full administrators can change them"), views, _name),
        _listed("methods", _("Sign-in methods"), _("Do not work while the user is Inactive"), methods),
        _counted("groups", _("Groups"), _("Memberships stay"), groups, lambda group: escaped(group.display_name)),
    ]


def _sessions(user: User) -> QuerySet[Any]:
    return Session.objects.filter(account__user=user).unexpired().order_by("-created_at", "pk")


def _tokens(user: User) -> QuerySet[Any]:
    return user.tokens.live().order_by("-created_at", "pk")


def _session(session: Session) -> str:
    browser = escaped(session.user_agent[:60]) or _("Unknown browser")
    return f"{browser} ({session.address})" if session.address else browser


def _mail(invitation: Invitation) -> str:
    return escaped(invitation.address)


def _name(view: SavedView) -> str:
    return plain(view.name)


def _way(way: RoleWay) -> str:
    if way.group is None:
        return str(way.role.label)
    return _("{role} by group {group}").format(role=way.role.label, group=plain(way.group.display_name))


def _counted(key: str, label: str, effect: str, rows: QuerySet[Any], name: Callable[[Any], str]) -> Ending:
    """Counts the rows and names the first ones in one statement."""
    found = list(rows.annotate(total=Window(Count("*")))[:NAMED])
    return Ending(key, label, effect, found[0].total if found else 0, [name(row) for row in found])


def _listed(key: str, label: str, effect: str, names: Iterable[str]) -> Ending:
    found = list(names)
    return Ending(key, label, effect, len(found), found[:NAMED])
