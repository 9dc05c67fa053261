"""How one person signs in to Control Hub: password, second factors and passkeys, and identity providers."""

from collections.abc import Sequence
from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.utils.translation import gettext as _

from controlhub.models import Account, IdentityProvider, Organization
from controlhub.text.readable import plain

MOST = 20
"""The maximum number of identities that are shown."""


@dataclass(frozen=True, slots=True)
class SignInMethods:
    """`identities` are the connected ones, each with the name of its provider."""

    has_password: bool = False
    factors: Sequence[Authenticator] = ()
    identities: Sequence[tuple[str, SocialAccount]] = ()

    def labels(self) -> list[str]:
        """The display name of each method."""
        password = [_("Password")] if self.has_password else []
        providers = [_("Single sign-on with {name}").format(name=plain(name)) for name, _identity in self.identities]
        return [*password, *(_label(factor) for factor in self.factors), *providers]


def methods_of(organization: Organization, account: Account | None) -> SignInMethods:
    """Empty for a person without an account. Takes three statements."""
    if account is None:
        return SignInMethods()
    factors = Authenticator.objects.filter(user=account).exclude(type=Authenticator.Type.RECOVERY_CODES)
    return SignInMethods(
        account.has_usable_password(), list(factors.order_by("pk")), _identities(organization, account)
    )


def _label(factor: Authenticator) -> str:
    if factor.type != Authenticator.Type.WEBAUTHN:
        return _("Authenticator app")
    name = plain(str(factor.data.get("name") or ""))
    return _("Passkey {name}").format(name=name) if name else _("Passkey")


def _identities(organization: Organization, account: Account) -> list[tuple[str, SocialAccount]]:
    providers = IdentityProvider.objects.in_organization(organization)
    names = {str(pk): name for pk, name in providers.values_list("pk", "name")}
    found = SocialAccount.objects.filter(user=account).order_by("pk")[:MOST]
    return [(names[item.provider], item) for item in found if item.provider in names]
