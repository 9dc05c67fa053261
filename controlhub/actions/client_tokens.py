"""Access tokens that connections obtain with their client credentials (RFC 6749 §4.4)."""

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.db.models import Case, When
from django.db.models.functions import Now

from audit.actor import Actor
from audit.record import EventContent, record
from audit.vocabulary import AuditAction
from controlhub.actions.tokens import audit_target
from controlhub.models import AccessToken, Connection, TokenKind
from controlhub.security.token_secrets import PREFIX, token_digest

CLIENT_TOKEN_LIFETIME = timedelta(hours=1)
EXPIRED_KEPT = timedelta(days=1)
MOST_CLIENT_TOKENS = 20
"""The maximum number of access tokens from a connection's client credentials; one more deletes the oldest."""


@transaction.atomic
def issue_client_token(connection: Connection, *, secret: str, scopes: Iterable[str], actor: Actor) -> None:
    """Store an access token of the connection that expires in an hour, unless its client has been revoked.

    The oldest tokens beyond MOST_CLIENT_TOKENS are deleted. Tokens that an administrator issued do not count.
    """
    now = Connection.objects.select_for_update().get(pk=connection.pk)
    if now.client_digest is None or bytes(now.client_digest) != bytes(connection.client_digest or b""):
        return
    token = AccessToken.objects.create(
        organization=connection.organization,
        connection=connection,
        kind=TokenKind.OAUTH,
        name=connection.name,
        digest=token_digest(secret),
        prefix=secret[: len(PREFIX) + 4],
        scopes=sorted(set(scopes)),
        created_by="OAuth 2.0 client credentials",
        expires_at=Now() + CLIENT_TOKEN_LIFETIME,
        is_paused=now.paused_at is not None,
    )
    token.refresh_from_db(fields=["expires_at"])
    ended = _end_oldest(connection)
    after = {"name": token.name, "scopes": token.scopes, "expires": token.expires_at.isoformat()}
    details = {"grant": "client_credentials", **({"tokens_ended": ended} if ended else {})}
    content = EventContent(after=after, details=details)
    record(AuditAction.TOKEN_ISSUED, target=audit_target(token), content=content, actor=actor)


def _end_oldest(connection: Connection) -> int:
    """Delete the tokens beyond the limit: first those that are no longer accepted, then the oldest.

    Returns the number of deleted tokens.
    """
    tokens = AccessToken.objects.filter(connection=connection, kind=TokenKind.OAUTH)
    is_live = Case(When(revoked_at=None, expires_at__gt=Now(), then=1), default=0)
    surplus = tokens.order_by(is_live.desc(), "-created_at", "-pk")[MOST_CLIENT_TOKENS:]
    return AccessToken.objects.filter(pk__in=list(surplus.values_list("pk", flat=True))).delete()[0]


def sweep_client_tokens() -> int:
    """Delete the tokens that expired a day ago. Returns the number of deleted tokens."""
    expired = AccessToken.objects.filter(kind=TokenKind.OAUTH, expires_at__lt=Now() - EXPIRED_KEPT)
    return expired.delete()[0]
