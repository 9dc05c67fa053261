"""How a user can confirm their identity with the organization's identity provider."""

from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.db.models import Q
from django.urls import reverse

from controlhub.models import Account, IdentityProvider


def identity_methods(account: Any) -> list[dict[str, Any]]:
    """For users with neither a password nor a second factor here: they sign in with the provider again."""
    if not isinstance(account, Account):
        return []
    return [
        {
            "id": f"sso:{provider.pk}",
            "description": f"Use {provider.name}",
            "url": reverse("openid_connect_again", kwargs={"provider_id": provider.pk}),
        }
        for provider in providers_of(account)
    ]


def providers_of(account: Account) -> list[IdentityProvider]:
    """The providers that this account can sign in with."""
    linked = SocialAccount.objects.filter(user=account).values_list("provider", flat=True)
    wanted = ~Q(match_claim="") if account.by_group else Q(pk__in=list(linked))
    return list(IdentityProvider.objects.in_organization(account.user.organization).filter(wanted).order_by("name"))
