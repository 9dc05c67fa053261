"""Names as ids: the log is filtered by the ids of people, groups and connections that a name means.

A name means the people and groups that the portal's search finds now, connections and tokens, what was removed, by its
last name in the log, and people who had the name before.
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
"""People, groups and others that one name means at most."""
MOST_TOKENS = 1_000
MOST_REMOVED = 1_000
"""Removals of each kind that are searched for a name, the newest ones."""
MOST_UPDATES = 2_000
"""Updates of people that are searched for an earlier name, by each service, the newest ones."""
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
    """The ids that names mean; `kinds` are actors without an id, `connections` act by their tokens.

    `is_cut` says that more were found.
    """

    ids: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    connections: list[UUID] = field(default_factory=list)
    is_cut: bool = False


def named(organization: Organization, name: str) -> tuple[Named, Named]:
    """The targets and the actors that a name means. People, which take the most time, are looked for once."""
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
    """The label in every language of the portal: an alert is evaluated, and a view shared, in another than its own."""
    found = {label}
    for language, _name in settings.LANGUAGES:
        with override(language):
            found.add(gettext(label))
    return found


def tokens_of(organization: Organization, connections: Iterable[str]) -> list[str]:
    """The tokens of connections: the log names the token that was used."""
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
    """The tokens of these people: the log names the token that a person used."""
    own = AccessToken.objects.in_organization(organization).filter(user__in=[UUID(pk) for pk in people])
    return [str(pk) for pk in own.order_by("-created_at").values_list("pk", flat=True)[:MOST_NAMED]]


def _removed(organization: Organization, name: str) -> list[str]:
    """What was removed and had this name, by the newest MOST_REMOVED removals of each kind."""
    words = name.lower().split()
    return removed(organization.pk, words, actions=REMOVALS, services=list(Service), most=MOST_REMOVED)


def _renamed(organization: Organization, name: str) -> list[str]:
    """The people who had this name before, by the newest MOST_UPDATES updates by each service."""
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
