"""The setup progress of a connection: three gates, and requests that arrived but do not count."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from controlhub.actions.request_log import first_id
from controlhub.models import AccessToken, Connection, ScimRequest, User
from controlhub.portal.connection_cards import ConnectionCard
from controlhub.portal.explanations import explain

MOST_HINTS = 3
LOOKED_AT = 20


@dataclass(frozen=True, slots=True)
class Gate:
    """`state` is `done`, `now` or `next`."""

    title: str
    detail: str
    state: str


@dataclass(frozen=True, slots=True)
class Hint:
    """A request that arrived but does not count: what is wrong with it, and the id of its entry in the request log."""

    title: str | Promise
    fix: str | Promise
    at: datetime
    entry: UUID


@dataclass(frozen=True, slots=True)
class Progress:
    gates: Sequence[Gate]
    hints: Sequence[Hint]

    @property
    def is_complete(self) -> bool:
        return all(gate.state == "done" for gate in self.gates)


def progress_of(card: ConnectionCard) -> Progress:
    """The gates of the connection. Hints are looked for until the first request has succeeded."""
    connection = card.connection
    has_access = bool(card.live_tokens) or connection.client_digest is not None
    was_used = AccessToken.objects.filter(connection=connection, last_used_at__isnull=False).exists()
    has_users = (
        was_used and User.objects.in_organization(connection.organization).filter(connection=connection).exists()
    )
    gates = _gates([_token_gate(card), _request_gate(), _user_gate()], [has_access, was_used, has_users])
    return Progress(gates, [] if was_used else list(_hints(connection)))


def _gates(texts: Sequence[tuple[str, str]], passed: Sequence[bool]) -> list[Gate]:
    """Only the first gate that is not passed is the current one."""
    gates, waiting = [], False
    for (title, detail), is_passed in zip(texts, passed, strict=True):
        state = "done" if is_passed else "next" if waiting else "now"
        waiting = waiting or not is_passed
        gates.append(Gate(title, detail, state))
    return gates


def _token_gate(card: ConnectionCard) -> tuple[str, str]:
    title = _("Credentials created")
    if not card.live_tokens:
        return title, _("Create another token below.")
    token = card.live_tokens[0]
    until = date_format(localtime(token.expires_at), "DATE_FORMAT")
    return title, _("The token that starts with {prefix} is valid until {until}.").format(
        prefix=token.prefix, until=until
    )


def _request_gate() -> tuple[str, str]:
    return _("First request received"), _("Test the connection in the identity provider to send one.")


def _user_gate() -> tuple[str, str]:
    return _("First user received"), _("A user appears after you assign one and start provisioning.")


def _hints(connection: Connection) -> Iterator[Hint]:
    """The newest refused requests since the connection was created, one of each kind."""
    log = ScimRequest.objects.in_organization(connection.organization).failed()
    since = log.filter(id__gte=first_id(connection.created_at)).defer("body", "answer")
    told: set[str] = set()
    for entry in since.order_by("-id")[:LOOKED_AT]:
        if entry.connection_id not in (None, connection.pk):
            continue
        title, fix = _wrong(entry, connection)
        if str(title) not in told and len(told) < MOST_HINTS:
            told.add(str(title))
            yield Hint(title, fix, entry.at, entry.id)


def _wrong(entry: ScimRequest, connection: Connection) -> tuple[str | Promise, str | Promise]:
    if str(connection.organization_id) not in entry.path.lower():
        title = _("A request arrived for another organization")
        return title, _("The URL names another organization ID. Copy the Tenant URL from this page again.")
    if entry.status == 401:
        return _wrong_token(entry, connection)
    if entry.status == 404:
        title = _("A request arrived at the wrong path")
        return title, _("The Tenant URL ends with the organization ID. Remove what follows it, for example /scim/v2.")
    explanation = explain(entry.status, entry.scim_type)
    return (explanation.title, explanation.fix) if explanation else ("", "")


def _wrong_token(entry: ScimRequest, connection: Connection) -> tuple[str, str]:
    if entry.connection_id == connection.pk:
        title = _("A request arrived with a token that has expired or was revoked")
        return title, _("Create another token and paste it into the identity provider.")
    title = _("A request arrived without a valid token")
    return title, _("The Tenant URL is correct. The token is missing or was not copied completely: paste it again.")
