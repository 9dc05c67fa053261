"""Bearer token to organization and actor: one statement, asked anew at every request."""

import re
from dataclasses import dataclass
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest

from audit.actor import Actor, ActorKind
from controlhub.actions.tokens import note_token_use, token_digest
from controlhub.models import AccessToken, Organization
from controlhub.models.tokens import LiveToken
from controlhub.requests import client_address, request_id
from scim.protocol.errors import Unauthorized

_BEARER = re.compile(r"bearer +([A-Za-z0-9._~+/=-]{1,512}) *\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: the token's organization, its scopes, and the user whose token it is, if any."""

    organization: Organization
    actor: Actor
    scopes: frozenset[str]
    user_id: UUID | None


def authenticate(request: HttpRequest) -> Caller:
    """The caller, or Unauthorized. Expiry, revocation and the user's status are checked here, at use."""
    match = _BEARER.match(request.headers.get("Authorization", ""))
    if not match:
        raise Unauthorized("Send 'Authorization: Bearer <token>'.")
    token = _presented(token_digest(match[1]))
    if token is None:
        raise Unauthorized("The token is unknown, expired or revoked.")
    address = client_address(request)
    if token.is_use_stale:
        note_token_use(token.id, address=address)
    actor = Actor(
        ActorKind.CLIENT,
        id=str(token.id),
        label=token.name,
        address=address,
        user_agent=request.headers.get("User-Agent", ""),
        request_id=request_id(),
    )
    return Caller(token.organization, actor, token.scopes, token.user_id)


def _presented(digest: bytes) -> LiveToken | None:
    """The token, asked for again over a new connection if the database has just closed the old one."""
    try:
        return AccessToken.objects.presented(digest)
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block:
            raise
        connection.close()
        return AccessToken.objects.presented(digest)
