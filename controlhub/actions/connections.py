"""Connections and their OAuth 2.0 client credentials (RFC 6749 §4.4)."""

import hmac
from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from audit.actor import Actor
from audit.record import EventContent, Target, record
from audit.vocabulary import AuditAction, Result, TargetType
from controlhub.actions.repeats import Happening, record_if_possible
from controlhub.errors import InvalidSettingError
from controlhub.models import AccessToken, Client, Connection, Organization, Scope, TokenKind
from controlhub.security.token_secrets import PREFIX, make_secret, token_digest


@transaction.atomic
def create_connection(
    organization: Organization,
    *,
    name: str,
    scopes: Iterable[Scope] = (),
    client: Client = Client.GENERIC,
    actor: Actor,
) -> Connection:
    """Create a connection without credentials."""
    connection = Connection.objects.create(
        organization=organization,
        name=require_label(name),
        scopes=sorted(set(scopes)),
        client=client,
        created_by=actor.label,
    )
    content = EventContent(after={"name": connection.name, "scopes": connection.scopes})
    record(AuditAction.CONNECTION_CREATED, target=audit_target(connection), content=content, actor=actor)
    return connection


@transaction.atomic
def rename_connection(connection: Connection, *, name: str, actor: Actor) -> None:
    """Rename the connection, and its tokens, by which events name it. The same name changes nothing."""
    name = require_label(name)
    found = Connection.objects.select_for_update().get(pk=connection.pk)
    if found.name == name:
        return
    content = EventContent(before={"name": found.name}, after={"name": name})
    record(AuditAction.CONNECTION_RENAMED, target=audit_target(found), content=content, actor=actor)
    Connection.objects.filter(pk=found.pk).update(name=name)
    AccessToken.objects.filter(connection=found).update(name=name)


@transaction.atomic
def delete_connection(connection: Connection, *, actor: Actor) -> None:
    """Remove the connection with its tokens and its client credentials, which are refused from the next request on.

    Its users and groups stay. No directory owns them any longer, because the id of a deleted connection matches none
    (docs/decisions/0032). Deleting it twice changes nothing.
    """
    found = Connection.objects.select_for_update().filter(pk=connection.pk).first()
    if found is None:
        return
    live = AccessToken.objects.live().filter(connection=found).count()
    content = EventContent(
        before={"name": found.name, "client": found.client, "scopes": found.scopes},
        details={"valid_tokens": live, "client_credentials": found.client_digest is not None},
    )
    record(AuditAction.CONNECTION_DELETED, target=audit_target(found), content=content, actor=actor)
    found.delete()


@transaction.atomic
def issue_client_secret(connection: Connection, *, actor: Actor) -> str:
    """Issue client credentials: the connection's id and this secret, shown once. An earlier secret becomes invalid.

    Access tokens issued with the earlier secret stay valid until they are revoked or expire, which takes at most an
    hour.
    """
    secret = make_secret()
    connection = Connection.objects.select_for_update().get(pk=connection.pk)
    connection.client_digest, connection.client_prefix = token_digest(secret), secret[: len(PREFIX) + 4]
    connection.save(update_fields=["client_digest", "client_prefix"])
    Connection.objects.filter(pk=connection.pk).update(client_since=Now())
    record(AuditAction.CLIENT_ISSUED, target=audit_target(connection), content=EventContent(), actor=actor)
    return secret


@transaction.atomic
def revoke_client_secret(connection: Connection, *, actor: Actor) -> None:
    """Revoke the client credentials and all tokens issued with them."""
    Connection.objects.select_for_update().get(pk=connection.pk)
    AccessToken.objects.filter(connection=connection, kind=TokenKind.OAUTH, revoked_at=None).update(revoked_at=Now())
    if Connection.objects.filter(pk=connection.pk, client_digest__isnull=False).update(client_digest=None):
        record(AuditAction.CLIENT_REVOKED, target=audit_target(connection), actor=actor)


def find_client(client_id: str, secret: str) -> Connection | None:
    """Returns the connection with these client credentials, or None."""
    try:
        connection = Connection.objects.select_related("organization").filter(pk=UUID(client_id)).first()
    except ValueError:
        return None
    if connection is None or connection.client_digest is None:
        return None
    is_right = hmac.compare_digest(bytes(connection.client_digest), token_digest(secret))
    return connection if is_right else None


def note_refused_client(client_id: str, *, actor: Actor) -> None:
    """Record wrong client credentials if a connection has this id: one event per hour, with the number of attempts."""
    try:
        connection = Connection.objects.filter(pk=UUID(client_id)).first()
    except ValueError:
        return
    if connection:
        content = EventContent(result=Result.FAILURE, reason="The client secret is wrong.")
        same = (connection.pk, actor.address)
        target = audit_target(connection)
        record_if_possible([Happening(AuditAction.TOKEN_REFUSED, target, actor, same, content)])


def require_label(name: str) -> str:
    if not name.strip():
        raise InvalidSettingError(_("A name is required."), field="name")
    return name.strip()[:200]


def audit_target(connection: Connection) -> Target:
    return Target(connection.organization_id, TargetType.CONNECTION, str(connection.pk), connection.name)
