"""Access tokens: shown once, stored as a digest, and refused as soon as they expire or are revoked."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from controlhub.database import clock
from controlhub.models.connections import Connection
from controlhub.models.documents import ScopedQuerySet
from controlhub.models.ids import new_id
from controlhub.models.organizations import Organization
from controlhub.models.users import User
from controlhub.sql.instances import instance_of
from controlhub.sql.proof import Proof, StaleTokenError
from controlhub.sql.statements import OvertakenError, fetch_row
from controlhub.sql.tokens import live_token_text


class TokenKind(models.TextChoices):
    STATIC = "static", _("Static")
    OAUTH = "oauth", _("OAuth 2.0 client credentials")


class Scope(models.TextChoices):
    SCIM_READ = "scim:read", _("Read users and groups")
    SCIM_WRITE = "scim:write", _("Change users and groups")
    AUDIT_READ = "audit:read", _("Read the audit log")


@dataclass(frozen=True, slots=True)
class LiveToken:
    """A token that is accepted now, and its organization, read in one statement."""

    id: UUID
    name: str
    scopes: frozenset[str]
    user_id: UUID | None
    connection_id: UUID | None
    role: str
    organization: Organization
    is_use_stale: bool
    is_paused: bool
    proof: Proof


@contextmanager
def proving(proof: Proof | None) -> Iterator[None]:
    """Around an INSERT with this condition: StaleTokenError if it adds no row, because the token is no longer valid."""
    try:
        yield
    except OvertakenError:
        raise StaleTokenError from None
    if proof:
        proof.require(True)


_ORGANIZATION = [field.attname for field in Organization._meta.concrete_fields]  # noqa: SLF001
_LIVE = live_token_text(_ORGANIZATION)


class AccessTokenQuerySet(ScopedQuerySet["AccessToken"]):
    def live(self) -> "AccessTokenQuerySet":
        return self.filter(revoked_at__isnull=True, expires_at__gt=Now())

    def presented(self, digest: bytes) -> LiveToken | None:
        """Returns the token with this digest if it is accepted now, by the database's clock and the user's status."""
        found = fetch_row(_LIVE, {"digest": digest})
        if found is None:
            return None
        pk, name, scopes, user_id, connection_id, role, *rows, is_stale, is_paused = found[:12]
        organization = instance_of(Organization, dict(zip(_ORGANIZATION, found[12:], strict=True)))
        names = ("token", "token_xmin", "token_ctid", "organization_xmin", "organization_ctid")
        proof = Proof(dict(zip(names, (pk, *rows), strict=True)), is_given=True)
        return LiveToken(
            pk, name, frozenset(scopes), user_id, connection_id, role, organization, is_stale, is_paused, proof
        )


class AccessToken(models.Model):
    """A bearer token of a connection, or of a user."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="tokens")
    user = models.ForeignKey(User, models.CASCADE, related_name="tokens", null=True)
    connection = models.ForeignKey(Connection, models.CASCADE, related_name="tokens", null=True)
    kind = models.CharField(max_length=8, choices=TokenKind.choices, default=TokenKind.STATIC)
    name = models.CharField(max_length=200)
    digest = models.BinaryField(unique=True, max_length=32)
    prefix = models.CharField(max_length=16)
    scopes = ArrayField(models.CharField(max_length=32, choices=Scope.choices))
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.TextField(default="")
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    last_used_address = models.GenericIPAddressField(null=True)
    last_used_agent = models.TextField(default="")
    warned_days = models.PositiveSmallIntegerField(null=True)
    is_paused = models.BooleanField(default=False, db_default=False)

    objects = AccessTokenQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(user__isnull=False, connection__isnull=True)
                | models.Q(user__isnull=True, connection__isnull=False),
                name="token_of_one",
            )
        ]
        indexes = [models.Index(fields=["expires_at"], name="token_expiry")]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def is_live(self) -> bool:
        """Whether the token is valid by this machine's clock, for display only. The database decides about requests."""
        return self.revoked_at is None and self.expires_at > clock.machine_now()
