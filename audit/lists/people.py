"""Resolves names to the ids of people, groups and connections, by which the log is filtered.

A name matches the people and groups that the portal's search finds now, connections and tokens, removed objects by
their last name in the log, and people who had the name before.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext, override

from audit.actor import COMMAND, SYSTEM
from audit.vocabulary import AuditAction, Service
from controlhub.models import AccessToken, Connection, Organization
from controlhub.portal.searches import find_groups, find_people
from controlhub.sql.audit_lists import removed, renamed

MOST_NAMED = 100
"""The maximum number of people, groups and other objects that one name matches."""
MOST_TOKENS = 1_000
MOST_REMOVED = 1_000
"""The maximum number of removals of each kind that are searched for a name, newest first."""
MOST_UPDATES = 2_000
"""The maximum number of updates of people by each service that are searched for an earlier name, newest first."""
NAMES = ("userName", "displayName", "emails", "name.formatted")
REMOVALS = (
    AuditAction.USER_PURGED,
    AuditAction.USER_DELETED,
    AuditAction.GROUP_DELETED,
    AuditAction.RESOURCE_DELETED,
    AuditAction.CONNECTION_DELETED,
    AuditAction.PROVIDER_REMOVED,
)


@dataclass(frozen=True, slots=True)
class Named:
    """The ids that names match. `kinds` are actors without an id; `connections` act through their tokens.

    `is_cut` means that more were found.
    """

    ids: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    connections: list[UUID] = field(default_factory=list)
    is_cut: bool = False


def named(organization: Organization, name: str) -> tuple[Named, Named]:
    """The targets and actors that a name matches. People are searched only once, because that takes the most time."""
    people = _people(organization, name)
    return _targets(organization, name, people), _actors(organization, name, people)


def targets_named(organization: Organization, names: Iterable[str]) -> Named:
    return _together([_targets(organization, name, _people(organization, name)) for name in names])


def actors_named(organization: Organization, names: Iterable[str]) -> Named:
    return _together([_actors(organization, name, _people(organization, name)) for name in names])


def _together(found: Sequence[Named]) -> Named:
    return Named(
        list(dict.fromkeys(pk for each in found for pk in each.ids)),
        [kind for each in found for kind in each.kinds],
        [pk for each in found for pk in each.connections],
        any(each.is_cut for each in found),
    )


def _targets(organization: Organization, name: str, people: list[str]) -> Named:
    if _id(name):
        return Named([_id(name)])
    groups = [str(pk) for pk in find_groups(organization, name).ids[:MOST_NAMED]]
    others = [str(pk) for pk in _connections(organization, name)]
    ids = list(dict.fromkeys([*people, *groups, *others, *_tokens(organization, name)]))
    return Named(ids[:MOST_NAMED], is_cut=len(ids) > MOST_NAMED)


def _actors(organization: Organization, name: str, people: list[str]) -> Named:
    ids = [*people[:MOST_NAMED], *_own_tokens(organization, people), *_tokens(organization, name)]
    labels = {SYSTEM.kind: {SYSTEM.label}, COMMAND.kind: _in_each_language("Command line")}
    kinds = [kind.value for kind, known in labels.items() if any(name.lower() in label.lower() for label in known)]
    connections = _connections(organization, name)
    return Named([*dict.fromkeys(ids), *([""] if kinds else [])], kinds, connections, len(people) > MOST_NAMED)


def _in_each_language(label: str) -> set[str]:
    """The label in every language of the portal, because alerts and shared views are used in any of them."""
    found = {label}
    for language, _name in settings.LANGUAGES:
        with override(language):
            found.add(gettext(label))
    return found


def tokens_of(organization: Organization, connections: Iterable[str]) -> list[str]:
    """The ids of the connections' tokens, because the log records the token that was used."""
    ids = [UUID(text) for text in connections]
    found = AccessToken.objects.in_organization(organization).filter(connection__in=ids).order_by("-created_at")
    return [str(pk) for pk in found.values_list("pk", flat=True)[:MOST_TOKENS]]


def _people(organization: Organization, name: str) -> list[str]:
    if _id(name):
        return [_id(name)]
    found = [str(pk) for pk in find_people(organization, name, most=MOST_NAMED + 1).ids]
    return list(dict.fromkeys([*found, *_removed(organization, name), *_renamed(organization, name)]))


def _connections(organization: Organization, name: str) -> list[UUID]:
    """Connections with this id or a name that contains the text."""
    own, pk = Connection.objects.in_organization(organization), _id(name)
    wanted = own.filter(pk=pk) if pk else own.filter(name__icontains=name)
    return list(wanted.values_list("pk", flat=True)[:MOST_NAMED])


def _tokens(organization: Organization, name: str) -> list[str]:
    own = AccessToken.objects.in_organization(organization)
    tokens = own.filter(Q(name__icontains=name) | Q(connection__name__icontains=name)).order_by("-created_at")
    return [str(pk) for pk in tokens.values_list("pk", flat=True)[:MOST_NAMED]]


def _own_tokens(organization: Organization, people: Iterable[str]) -> list[str]:
    """The ids of these people's tokens, because the log records the token that a person used."""
    own = AccessToken.objects.in_organization(organization).filter(user__in=[UUID(pk) for pk in people])
    return [str(pk) for pk in own.order_by("-created_at").values_list("pk", flat=True)[:MOST_NAMED]]


def _removed(organization: Organization, name: str) -> list[str]:
    """The ids of removed objects that had this name, from the newest MOST_REMOVED removals of each kind."""
    words = name.lower().split()
    return removed(organization.pk, words, actions=REMOVALS, services=list(Service), most=MOST_REMOVED)


def _renamed(organization: Organization, name: str) -> list[str]:
    """The ids of people who had this name before, from the newest MOST_UPDATES updates by each service."""
    return renamed(
        organization.pk,
        name.lower().split(),
        action=AuditAction.USER_UPDATED,
        services=list(Service),
        attributes=NAMES,
        most=MOST_UPDATES,
    )


def _id(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        return ""
