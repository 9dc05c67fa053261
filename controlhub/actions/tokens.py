"""Access tokens: issued once, revoked at once."""

import hashlib
import secrets
import zlib
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from audit.actor import Actor
from audit.record import Story, Target, record
from audit.vocabulary import AuditAction
from controlhub.actions.mail import mail_admins
from controlhub.errors import InvalidSettingError
from controlhub.models import AccessToken, Organization, Permission, Scope, User

PREFIX = "chub_"
DEFAULT_DAYS = 365
MAX_DAYS = 3_650
WARN_DAYS = (30, 7, 1)


def make_secret() -> str:
    """`chub_`, 256 random bits, and a CRC-32 by which scanners tell a real token from a look-alike."""
    body = secrets.token_urlsafe(32)
    return f"{PREFIX}{body}{checksum(body)}"


def checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode()):08x}"


def token_digest(secret: str) -> bytes:
    """What is stored: SHA-256, enough for 256 random bits."""
    return hashlib.sha256(secret.encode()).digest()


@transaction.atomic
def issue_token(
    organization: Organization,
    *,
    name: str,
    scopes: Iterable[Scope] = (Scope.SCIM_READ, Scope.SCIM_WRITE),
    days: int = DEFAULT_DAYS,
    user: User | None = None,
    actor: Actor,
) -> tuple[AccessToken, str]:
    """A new token and its secret, which is shown now and never again."""
    if not name.strip():
        raise InvalidSettingError("Give the token a name by which you will know it.", field="name")
    if not 1 <= days <= MAX_DAYS:
        raise InvalidSettingError(f"A token lives between 1 and {MAX_DAYS} days.", field="days")
    secret = make_secret()
    token = AccessToken.objects.create(
        organization=organization,
        user=user,
        name=name.strip()[:200],
        digest=token_digest(secret),
        prefix=secret[: len(PREFIX) + 4],
        scopes=sorted(set(scopes)),
        created_by=actor.label,
        expires_at=Now() + timedelta(days=days),
    )
    token.refresh_from_db(fields=["expires_at"])
    story = Story(after={"name": token.name, "scopes": token.scopes, "expires": token.expires_at.isoformat()})
    record(AuditAction.TOKEN_ISSUED, target=_target(token), story=story, actor=actor)
    return token, secret


@transaction.atomic
def revoke_token(token: AccessToken, *, actor: Actor) -> None:
    """Refuse the token from the next request on. Revoking twice is no change."""
    if AccessToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=Now()):
        record(AuditAction.TOKEN_REVOKED, target=_target(token), actor=actor)


def note_token_use(token_id: UUID, *, address: str | None, agent: str) -> None:
    """When, from where and by which client the token was last used; an observation, not an event."""
    AccessToken.objects.filter(pk=token_id).update(
        last_used_at=Now(), last_used_address=address, last_used_agent=agent[:200]
    )


@transaction.atomic
def revoke_tokens(organization: Organization, *, user: User | None = None, actor: Actor) -> int:
    """Revoke every live token of a user, or of the whole organization; how many. Each has its event."""
    tokens = AccessToken.objects.in_organization(organization).filter(revoked_at__isnull=True).select_for_update()
    live = list(tokens.filter(user=user) if user else tokens)
    for token in live:
        revoke_token(token, actor=actor)
    return len(live)


def warn_of_expiry() -> int:
    """Write to administrators 30, 7 and 1 days before a token expires, once each; about how many tokens."""
    warned = 0
    live = AccessToken.objects.filter(revoked_at__isnull=True, expires_at__gt=Now(), user__isnull=True)
    for days in sorted(WARN_DAYS):
        soon = live.filter(expires_at__lte=Now() + timedelta(days=days))
        for token in soon.exclude(warned_days__lte=days).select_related("organization"):
            warned += _warn(token, days)
    return warned


@transaction.atomic
def _warn(token: AccessToken, days: int) -> int:
    """Whether this call, and no other that runs at the same time, wrote the mail."""
    mine = AccessToken.objects.filter(pk=token.pk).exclude(warned_days__lte=days).update(warned_days=days)
    if mine:
        mail_admins(
            token.organization,
            Permission.MANAGE_PROVISIONING,
            subject=f"The token {token.name} expires within {days} day{'s' if days > 1 else ''}",
            template="mail/token_expires.txt",
            context={"token": token},
        )
    return mine


def _target(token: AccessToken) -> Target:
    return Target(token.organization_id, "Token", str(token.id), f"{token.name} ({token.prefix}…)")
