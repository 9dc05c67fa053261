"""Who made a change, by a name that people recognize: the connection of a token, or the person of an account."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.utils.translation import gettext

from audit.actor import COMMAND, ActorKind
from audit.models import AuditEvent
from controlhub.models.clients import Client
from controlhub.models.organizations import Organization
from controlhub.models.tokens import AccessToken
from controlhub.models.users import User


class OriginKind(StrEnum):
    CONNECTION = "connection"
    PERSON = "person"
    COMMAND = "command"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Origin:
    """`id` is that of the connection or the user, None if it was deleted; `client` is the connection's, or ""."""

    kind: OriginKind
    name: str
    id: UUID | None = None
    client: str = ""

    @property
    def is_connection(self) -> bool:
        return self.kind is OriginKind.CONNECTION

    @property
    def is_person(self) -> bool:
        return self.kind is OriginKind.PERSON

    @property
    def product(self) -> str:
        """The name of the connection's identity provider, or of the connection if its provider is not known."""
        return self.name if self.client in {"", Client.GENERIC} else str(Client(self.client).label)


def origins_of(organization: Organization, events: Iterable[AuditEvent]) -> dict[UUID, Origin]:
    """Returns the origin of each event, by event id. Uses two statements for any number of events."""
    found = list(events)
    tokens = _tokens(organization, _ids(found, ActorKind.CLIENT))
    people = User.objects.in_organization(organization).defer("document").in_bulk(list(_ids(found, ActorKind.ADMIN)))
    return {event.pk: _origin(event, tokens, people) for event in found}


def _ids(events: Iterable[AuditEvent], kind: ActorKind) -> set[UUID]:
    return {found for event in events if event.actor_kind == kind and (found := _uuid(event.actor_id))}


def _tokens(organization: Organization, ids: set[UUID]) -> dict[UUID, AccessToken]:
    if not ids:
        return {}
    tokens = AccessToken.objects.in_organization(organization).filter(pk__in=ids)
    return {token.pk: token for token in tokens.select_related("connection")}


def _origin(event: AuditEvent, tokens: dict[UUID, AccessToken], people: dict[UUID, User]) -> Origin:
    pk = _uuid(event.actor_id)
    if event.actor_kind == ActorKind.CLIENT:
        token = tokens.get(pk) if pk else None
        if token is None or token.connection is None:
            return Origin(OriginKind.CONNECTION, event.actor_label)
        return Origin(OriginKind.CONNECTION, token.connection.name, token.connection.pk, token.connection.client)
    if event.actor_kind == ActorKind.ADMIN:
        person = people.get(pk) if pk else None
        return Origin(
            OriginKind.PERSON, person.display_label if person else event.actor_label, person.pk if person else None
        )
    kind = OriginKind.COMMAND if event.actor_kind == ActorKind.COMMAND else OriginKind.SYSTEM
    return Origin(kind, shown_label(event.actor_label))


def shown_label(label: str) -> str:
    """Returns the stored label of an actor. The label of the command line is translated for the reader."""
    return gettext("Command line") if label == COMMAND.label else label


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
