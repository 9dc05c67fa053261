"""Identity providers through which an organization's administrators sign in."""

from dataclasses import dataclass

from allauth.socialaccount.models import SocialAccount
from django.db import transaction
from django.utils.translation import gettext as _

from audit.actor import Actor
from audit.record import EventContent, Target, record
from audit.vocabulary import AuditAction, TargetType
from controlhub.errors import InvalidSettingError
from controlhub.models import IdentityProvider, Organization

SHOWN = ("name", "issuer", "client_id", "match_claim", "is_listed")


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """The settings of a provider. An empty secret keeps the stored one."""

    name: str
    issuer: str
    client_id: str
    client_secret: str = ""
    match_claim: str = ""
    is_listed: bool = True


@transaction.atomic
def add_provider(organization: Organization, wanted: ProviderSettings, *, actor: Actor) -> IdentityProvider:
    """Add a provider. People can use it after they connect their identity or a group gives them a role."""
    provider = IdentityProvider(organization=organization)
    _take(provider, wanted)
    provider.save()
    content = EventContent(after=_shown(provider))
    record(AuditAction.PROVIDER_ADDED, target=audit_target(provider), content=content, actor=actor)
    return provider


@transaction.atomic
def change_provider(provider: IdentityProvider, wanted: ProviderSettings, *, actor: Actor) -> IdentityProvider:
    """Change a provider. A new issuer means a new provider: the secret and all connected identities are deleted."""
    provider = IdentityProvider.objects.select_for_update().get(pk=provider.pk)
    before = _shown(provider)
    forgotten = 0
    if wanted.issuer != provider.issuer:
        provider.sealed_secret = ""
        forgotten, _ = SocialAccount.objects.filter(provider=str(provider.pk)).delete()
    _take(provider, wanted)
    provider.save()
    details = {"secret_changed": bool(wanted.client_secret), "identities_forgotten": forgotten}
    content = EventContent(before=before, after=_shown(provider), details=details)
    record(AuditAction.PROVIDER_UPDATED, target=audit_target(provider), content=content, actor=actor)
    return provider


@transaction.atomic
def remove_provider(provider: IdentityProvider, *, actor: Actor) -> None:
    """Remove a provider, so that no user can sign in with it. Connected identities are deleted; sessions continue."""
    forgotten, _ = SocialAccount.objects.filter(provider=str(provider.pk)).delete()
    content = EventContent(before=_shown(provider), details={"identities_forgotten": forgotten})
    record(AuditAction.PROVIDER_REMOVED, target=audit_target(provider), content=content, actor=actor)
    provider.delete()


def _take(provider: IdentityProvider, wanted: ProviderSettings) -> None:
    for name in SHOWN:
        setattr(provider, name, getattr(wanted, name))
    if wanted.client_secret:
        provider.keep_secret(wanted.client_secret)
    if not provider.sealed_secret:
        raise InvalidSettingError(
            _("The client secret is required, because the issuer has changed."), field="client_secret"
        )


def audit_target(provider: IdentityProvider) -> Target:
    return Target(provider.organization_id, TargetType.IDENTITY_PROVIDER, str(provider.pk), provider.name)


def _shown(provider: IdentityProvider) -> dict[str, object]:
    return {name: getattr(provider, name) for name in SHOWN}
