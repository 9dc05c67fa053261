"""The cards of connections: their health, last day, last error and tokens."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Max
from django.db.models.functions import Now
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from controlhub.actions.tokens import MOST_LIVE
from controlhub.models import AccessToken, Connection, Organization, ScimRequest, TokenKind
from controlhub.models.activity import Activity, activity_of
from controlhub.portal.charts import Chart, chart_with_failed
from controlhub.portal.explanations import Explanation, explain
from controlhub.portal.health import Health, failing_since, health_of

SOON = timedelta(days=30)
MOST = 50


@dataclass(frozen=True, slots=True)
class LastError:
    """The newest failed request of a connection, from the request log."""

    entry: ScimRequest

    @property
    def explanation(self) -> Explanation | None:
        return explain(self.entry.status, self.entry.scim_type)


@dataclass(frozen=True, slots=True)
class ConnectionCard:
    """A connection at the moment `now`, with its static tokens, newest first. `contact` is when it was last used."""

    connection: Connection
    tokens: Sequence[AccessToken]
    activity: Activity
    error: LastError | None
    contact: datetime | None
    now: datetime

    @property
    def health(self) -> Health:
        has_access = bool(self.live_tokens) or self.connection.client_digest is not None
        return health_of(self.connection, self.activity, contact=self.contact, has_access=has_access, now=self.now)

    @property
    def live_tokens(self) -> list[AccessToken]:
        return [token for token in self.tokens if token.revoked_at is None and token.expires_at > self.now]

    @property
    def expires_at(self) -> datetime | None:
        """When the last valid token expires; None if there is none."""
        return max((token.expires_at for token in self.live_tokens), default=None)

    @property
    def expires_soon(self) -> bool:
        return self.expires_at is not None and self.expires_at - self.now < SOON

    @property
    def is_failing(self) -> bool:
        return failing_since(self.activity) is not None

    @property
    def may_rotate(self) -> bool:
        return len(self.live_tokens) < MOST_LIVE

    @property
    def chart(self) -> Chart | None:
        """The requests of each hour; None if there were none."""
        if not self.activity.requests:
            return None
        title = _("Requests per hour, last {hours} hours").format(hours=len(self.activity.hours))
        bars = [(_hour(hour.start), hour.requests, hour.errors) for hour in self.activity.hours]
        return chart_with_failed(title, bars)


@dataclass(frozen=True, slots=True)
class CardPage:
    """Cards of a page, newest connection first, and whether there are others before and after them."""

    cards: Sequence[ConnectionCard]
    has_previous: bool
    has_next: bool


def card_page(organization: Organization, *, after: UUID | None = None, before: UUID | None = None) -> CardPage:
    """At most MOST connections after or before a connection, in four statements. Ids increase over time."""
    own = Connection.objects.in_organization(organization)
    if before:
        found = list(_read(own.filter(pk__gt=before).order_by("pk")[: MOST + 1]))
        return CardPage(_cards(organization, found[:MOST][::-1]), has_previous=len(found) > MOST, has_next=True)
    found = list(_read((own.filter(pk__lt=after) if after else own).order_by("-pk")[: MOST + 1]))
    return CardPage(_cards(organization, found[:MOST]), has_previous=bool(after), has_next=len(found) > MOST)


def connection_card(connection: Connection) -> ConnectionCard:
    """The card of one connection."""
    return _cards(connection.organization, list(_read(Connection.objects.filter(pk=connection.pk))))[0]


def _read(connections: Any) -> Any:
    """The connections, with the current database time and the time a token was last used."""
    return connections.annotate(now=Now(), used_at=Max("tokens__last_used_at"))


def _cards(organization: Organization, connections: Sequence[Any]) -> list[ConnectionCard]:
    active = activity_of(organization)
    tokens = _tokens(connections)
    errors = _errors(organization, active)
    cards = []
    for connection in connections:
        activity = active.get(connection.pk, Activity())
        times = [moment for moment in (connection.used_at, activity.last_at) if moment]
        error = errors.get(activity.last_error) if activity.last_error else None
        contact = max(times, default=None)
        cards.append(ConnectionCard(connection, tokens[connection.pk], activity, error, contact, connection.now))
    return cards


def _tokens(connections: Sequence[Connection]) -> Mapping[UUID, list[AccessToken]]:
    found: dict[UUID, list[AccessToken]] = defaultdict(list)
    static = AccessToken.objects.filter(connection__in=[connection.pk for connection in connections])
    for token in static.filter(kind=TokenKind.STATIC).order_by("-created_at"):
        if token.connection_id:
            found[token.connection_id].append(token)
    return found


def _errors(organization: Organization, active: Mapping[UUID | None, Activity]) -> Mapping[UUID, LastError]:
    ids = [activity.last_error for activity in active.values() if activity.last_error]
    entries = ScimRequest.objects.in_organization(organization).filter(id__in=ids).defer("body", "answer")
    return {entry.id: LastError(entry) for entry in entries} if ids else {}


def _hour(start: datetime) -> str:
    return f"{date_format(localtime(start), 'MONTH_DAY_FORMAT')}, {date_format(localtime(start), 'H:i')}"
