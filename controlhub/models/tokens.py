"""Access tokens: shown once, stored as a digest, refused the moment they expire or are revoked."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from controlhub.models.ids import new_id
from controlhub.models.organizations import Organization
from controlhub.models.users import User


class Scope(models.TextChoices):
    SCIM_READ = "scim:read", "Read users and groups"
    SCIM_WRITE = "scim:write", "Change users and groups"
    AUDIT_READ = "audit:read", "Read the audit log"


class AccessTokenQuerySet(models.QuerySet["AccessToken"]):
    def in_organization(self, organization: Organization) -> "AccessTokenQuerySet":
        return self.filter(organization=organization)

    def live(self) -> "AccessTokenQuerySet":
        """Tokens that are accepted now, by the database's clock."""
        return self.filter(Q(user__isnull=True) | Q(user__active=True), revoked_at__isnull=True, expires_at__gt=Now())


class AccessToken(models.Model):
    """A bearer token of an organization, or of one of its users."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="tokens")
    user = models.ForeignKey(User, models.CASCADE, related_name="tokens", null=True)
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

    objects = AccessTokenQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
