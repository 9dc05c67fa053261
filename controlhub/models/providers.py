"""Identity providers through which people of an organization sign in, and groups that give administrator roles."""

from typing import Self

from django.db import models
from django.db.models.functions import Now

from controlhub.models.documents import ScopedQuerySet
from controlhub.models.groups import Group
from controlhub.models.ids import new_id
from controlhub.models.organizations import Organization
from controlhub.models.roles import Role
from controlhub.security import vault


class IdentityProvider(models.Model):
    """An OpenID Connect provider of one organization. Its id is part of the redirect URI.

    `issuer` is the provider's own identifier, under which its discovery document is found. `match_claim` is the claim
    with a user's `externalId`. It is only used, if set, to find administrators by group membership.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="identity_providers")
    name = models.CharField(max_length=40)
    issuer = models.TextField()
    client_id = models.CharField(max_length=191)
    sealed_secret = models.TextField(default="")
    match_claim = models.CharField(max_length=64, default="")
    is_listed = models.BooleanField(default=True, help_text="Offered on the sign-in page.")
    created_at = models.DateTimeField(db_default=Now())

    objects = ScopedQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    @property
    def client_secret(self) -> str:
        """The decrypted secret, only for the provider's token endpoint."""
        return vault.unseal(self.sealed_secret, place=self._place) if self.sealed_secret else ""

    def keep_secret(self, text: str) -> None:
        """Encrypt a new client secret. It can be decrypted only in this row and for this issuer."""
        self.sealed_secret = vault.seal(text, place=self._place)

    @property
    def _place(self) -> str:
        return f"controlhub_identityprovider:{self.pk}:{self.organization_id}:{self.issuer}"


class RoleMappingQuerySet(ScopedQuerySet["RoleMapping"]):
    def in_organization(self, organization: models.Model) -> Self:
        return self.filter(group__organization=organization)


class RoleMapping(models.Model):
    """Direct members of this group are administrators with this role."""

    group = models.OneToOneField(Group, models.CASCADE, primary_key=True, related_name="role_mapping")
    role = models.CharField(max_length=32, choices=Role.choices)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.TextField(default="")

    objects = RoleMappingQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.group_id}: {self.role}"
