"""Resolves the bearer token to the organization and actor, with one query per request."""

import time
from threading import Lock
from typing import NamedTuple
from uuid import UUID

from cachetools import LRUCache
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest

from audit.actor import Actor, ActorKind
from controlhub.actions.tokens import note_token_use, personal_scopes
from controlhub.middleware.client_addresses import client_address
from controlhub.middleware.request_ids import request_id
from controlhub.middleware.shares import note_share
from controlhub.models import AccessToken, Organization
from controlhub.models.tokens import LiveToken
from controlhub.sql.proof import Proof
from controlhub.text.identifiers import id_text
from scim.api.presented import presented_digest
from scim.protocol.errors import Unauthorized

REMEMBERED_FOR = 30.0
REMEMBERED = 1_024
_known: LRUCache[bytes, tuple[LiveToken, float]] = LRUCache(REMEMBERED)
_known_lock = Lock()


class Caller(NamedTuple):
    """The caller: the token's organization, its scopes, and its owner, if it is a personal token."""

    organization: Organization
    actor: Actor
    scopes: frozenset[str]
    user_id: UUID | None
    proof: Proof
    token_id: UUID
    is_paused: bool


def authenticate(request: HttpRequest, *, may_remember: bool = False) -> Caller:
    """The caller. Raises Unauthorized. Expiry, revocation and the user's status are checked here, on every use.

    With `may_remember`, a token that was used recently costs no query. Its `proof` must then be checked by the first
    statement of the request, or by calling this again.
    """
    digest = presented_digest(request)
    if digest is None:
        raise Unauthorized("Send 'Authorization: Bearer <token>'.")
    address = client_address(request)
    token, proof = _remembered(digest) if may_remember else (None, None)
    if token is None or proof is None:
        token = _presented(digest)
        if token is None:
            raise Unauthorized("The token is unknown, expired or revoked.")
        proof = token.proof
        if token.is_use_stale:
            note_token_use(token.id, address=address, agent=request.META.get("HTTP_USER_AGENT", ""))
        else:
            _remember(digest, token)
    note_share(request, token.organization.pk)
    actor = Actor(
        ActorKind.CLIENT,
        id=id_text(token.id),
        label=token.name,
        address=address,
        user_agent=request.META.get("HTTP_USER_AGENT", ""),
        request_id=request_id(),
        role=token.role,
        connection_id=token.connection_id,
        user_id=token.user_id,
    )
    scopes = token.scopes & personal_scopes(token.role) if token.user_id else token.scopes
    return Caller(token.organization, actor, scopes, token.user_id, proof, token.id, token.is_paused)


def _remembered(digest: bytes) -> tuple[LiveToken | None, Proof | None]:
    """A recently used token, and the proof that must be checked now."""
    with _known_lock:
        token, since = _known.get(digest, (None, 0.0))
    if token is None or time.monotonic() - since > REMEMBERED_FOR:
        return None, None
    return token, token.proof.renewed()


def _remember(digest: bytes, token: LiveToken) -> None:
    """Cache a connection's token. A personal token depends on more than the proof covers, so it is not cached."""
    if token.user_id is None:
        with _known_lock:
            _known[digest] = (token, time.monotonic())


def _presented(digest: bytes) -> LiveToken | None:
    """The token. Retries once on a new connection if the database has closed the old one."""
    try:
        return AccessToken.objects.presented(digest)
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block:
            raise
        connection.close()
        return AccessToken.objects.presented(digest)
