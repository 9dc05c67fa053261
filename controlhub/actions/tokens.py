"""Access tokens: issue, rotate and revoke them."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit.actor import Actor
from audit.record import EventContent, Target, record
from audit.vocabulary import AuditAction, TargetType
from controlhub.actions.connections import create_connection, require_label, revoke_client_secret
from controlhub.actions.mail import mail_admins
from controlhub.actions.roles import require_covers
from controlhub.database.outages import with_note
from controlhub.errors import InvalidSettingError, TooManyTokensError
from controlhub.models import (
    AccessToken,
    Account,
    Client,
    Connection,
    Organization,
    Permission,
    Role,
    Scope,
    TokenKind,
    User,
)
from controlhub.security.token_secrets import PREFIX, make_secret, token_digest
from controlhub.sql.statements import execute
from controlhub.sql.tokens import NOTE_USE

DEFAULT_DAYS = 365
MAX_DAYS = 3_650
WARN_DAYS = (30, 7, 1)
MOST_LIVE = 2
PERSONAL_SCOPES = {
    Role.FULL_ADMIN: frozenset(Scope),
    Role.USER_ADMIN: frozenset({Scope.SCIM_READ, Scope.SCIM_WRITE, Scope.AUDIT_READ}),
    Role.READ_ONLY_ADMIN: frozenset({Scope.SCIM_READ, Scope.AUDIT_READ}),
    Role.HELP_DESK: frozenset({Scope.SCIM_READ}),
    Role.AUDITOR: frozenset({Scope.AUDIT_READ}),
}
"""The scopes that a personal token can have, by the role of its owner."""
WITHOUT_ROLE = frozenset({Scope.SCIM_READ})
"""The scopes of a personal token whose owner has no role."""


@transaction.atomic
def issue_token(
    organization: Organization,
    *,
    name: str,
    scopes: Iterable[Scope] = (Scope.SCIM_READ, Scope.SCIM_WRITE),
    days: int = DEFAULT_DAYS,
    user: User | None = None,
    client: Client = Client.GENERIC,
    actor: Actor,
) -> tuple[AccessToken, str]:
    """Issue a token of a user or of a new connection. Returns it with its secret, which is shown only once."""
    require_days(days)
    if user:
        require_covers(actor, user)
        _require_person(user, scopes)
    connection = None
    if user is None:
        connection = create_connection(organization, name=name, scopes=scopes, client=client, actor=actor)
    return _issue(organization, require_label(name), scopes, days, actor, user=user, connection=connection)


def _require_person(user: User, scopes: Iterable[Scope]) -> None:
    """InvalidSettingError if the person is Inactive or the scopes exceed the person's role."""
    person = User.objects.filter(pk=user.pk, active=True).select_for_update(no_key=True).first()
    if person is None:
        raise InvalidSettingError(_("An Inactive user cannot have tokens."))
    if not personal_scopes(person.portal_role).issuperset(scopes):
        raise InvalidSettingError(_("The user's role does not allow all of these scopes."), field="scopes")


def personal_scopes(role: str) -> frozenset[Scope]:
    """Returns the scopes that a token of a person with this role can have; "" means no role."""
    return PERSONAL_SCOPES[Role(role)] if role else WITHOUT_ROLE


@transaction.atomic
def rotate_token(connection: Connection, *, days: int = DEFAULT_DAYS, actor: Actor) -> tuple[AccessToken, str]:
    """Issue another token for the connection. Both tokens work until the old one is revoked.

    TooManyTokensError if there are already MOST_LIVE.
    """
    require_days(days)
    connection = Connection.objects.select_for_update().get(pk=connection.pk)
    if connection.tokens.live().filter(kind=TokenKind.STATIC).count() >= MOST_LIVE:
        raise TooManyTokensError
    organization = connection.organization
    return _issue(organization, connection.name, connection.scopes, days, actor, connection=connection)


def _issue(
    organization: Organization,
    name: str,
    scopes: Iterable[str],
    days: int,
    actor: Actor,
    *,
    user: User | None = None,
    connection: Connection | None = None,
) -> tuple[AccessToken, str]:
    secret = make_secret()
    token = AccessToken.objects.create(
        organization=organization,
        user=user,
        connection=connection,
        name=name,
        digest=token_digest(secret),
        prefix=secret[: len(PREFIX) + 4],
        scopes=sorted(set(scopes)),
        created_by=actor.label,
        expires_at=Now() + timedelta(days=days),
        is_paused=bool(connection and connection.paused_at),
    )
    token.refresh_from_db(fields=["expires_at"])
    content = EventContent(after={"name": token.name, "scopes": token.scopes, "expires": token.expires_at.isoformat()})
    record(AuditAction.TOKEN_ISSUED, target=audit_target(token), content=content, actor=actor)
    return token, secret


def _lock(account: Account) -> Account:
    """Returns the current account, locked. InvalidSettingError if the role has been removed."""
    accounts = Account.objects.select_for_update(of=("self",)).select_related("user__organization")
    if found := accounts.filter(pk=account.pk).first():
        return found
    raise InvalidSettingError(_("You no longer have administrator access."))


@transaction.atomic
def issue_personal_token(
    account: Account, *, name: str, scopes: Iterable[Scope], days: int, actor: Actor
) -> tuple[AccessToken, str]:
    """Issue a personal token of an administrator. InvalidSettingError if the scopes exceed the role."""
    account = _lock(account)
    if account.by_group:
        raise InvalidSettingError(
            _("Administrators by group membership cannot have personal tokens. Use a connection's token.")
        )
    wanted = set(scopes)
    if not wanted <= PERSONAL_SCOPES[Role(account.role)]:
        raise InvalidSettingError(_("Your role does not allow all of these scopes."), field="scopes")
    organization = account.user.organization
    return issue_token(organization, name=name, scopes=wanted, days=days, user=account.user, actor=actor)


def require_days(days: int) -> None:
    if not 1 <= days <= MAX_DAYS:
        raise InvalidSettingError(_("A token can be valid for 1 to {days} days.").format(days=MAX_DAYS), field="days")


@transaction.atomic
def revoke_token(token: AccessToken, *, actor: Actor) -> None:
    """Revoke the token from the next request on. Revoking it twice changes nothing."""
    if actor.role and token.user:
        require_covers(actor, token.user)
    if AccessToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=Now()):
        record(AuditAction.TOKEN_REVOKED, target=audit_target(token), actor=actor)


def note_token_use(token_id: UUID, *, address: str | None, agent: str) -> None:
    """Store when, from where and by which client the token was last used, without an event.

    Nothing is stored if this would wait for another transaction, or if the database is read-only.
    """

    use = {"id": token_id, "address": address, "agent": agent[:200]}
    with_note(lambda: execute(NOTE_USE, use), lambda: None)


@transaction.atomic
def revoke_tokens(
    organization: Organization, *, user: User | None = None, connection: Connection | None = None, actor: Actor
) -> int:
    """Revoke the valid tokens of a user, a connection or the organization, with an event each. Returns the number."""
    tokens = AccessToken.objects.in_organization(organization).filter(revoked_at__isnull=True)
    if user:
        require_covers(actor, user)
        tokens = tokens.filter(user=user)
    if connection:
        tokens = tokens.filter(connection=connection)
    live = list(tokens.select_for_update(of=("self",)).order_by("pk"))
    for token in live:
        revoke_token(token, actor=actor)
    return len(live)


@transaction.atomic
def revoke_connection(connection: Connection, *, actor: Actor) -> None:
    """Refuse the client credentials and every token of the connection from the next request on."""
    revoke_client_secret(connection, actor=actor)
    revoke_tokens(connection.organization, connection=connection, actor=actor)


def warn_of_expiry() -> int:
    """Send mail to administrators 30, 7 and 1 days before a token expires, once each. Returns the number of tokens."""
    warned = 0
    live = AccessToken.objects.live().filter(kind=TokenKind.STATIC, user__isnull=True)
    for days in sorted(WARN_DAYS):
        soon = live.filter(expires_at__lte=Now() + timedelta(days=days))
        for token in soon.exclude(warned_days__lte=days).select_related("organization"):
            warned += _warn(token, days)
    return warned


@transaction.atomic
def _warn(token: AccessToken, days: int) -> int:
    """Write the mail, unless a concurrent call has done so. Returns whether it was written."""
    mine = AccessToken.objects.filter(pk=token.pk).exclude(warned_days__lte=days).update(warned_days=days)
    if mine:
        mail_admins(
            token.organization,
            Permission.MANAGE_PROVISIONING,
            subject=lambda: ngettext(
                "The token {name} expires within {number} day",
                "The token {name} expires within {number} days",
                days,
            ).format(name=token.name, number=days),
            template="mail/token_expires.txt",
            context={"token": token},
        )
    return mine


def audit_target(token: AccessToken) -> Target:
    return Target(token.organization_id, TargetType.TOKEN, str(token.id), f"{token.name} ({token.prefix}…)")
