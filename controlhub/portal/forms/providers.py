"""An identity provider, checked by asking it."""

import re
from typing import Any

from django import forms

from controlhub.models import IdentityProvider
from controlhub.portal.forms.fields import PlainTextField
from controlhub.portal.signin.oidc import DiscoveryError, discover

CLAIM = re.compile(r"[A-Za-z0-9_.:/-]{1,64}\Z")


class ProviderForm(forms.Form):
    name = PlainTextField(max_length=40, help_text="As people know it: it stands on the button.")
    issuer = PlainTextField(
        label="Issuer",
        max_length=2_000,
        help_text="Entra ID: https://login.microsoftonline.com/<tenant ID>/v2.0 · Okta: https://<your org>.okta.com",
    )
    client_id = PlainTextField(label="Client ID", max_length=191, help_text="Entra calls it Application (client) ID.")
    client_secret = PlainTextField(
        label="Client secret",
        max_length=191,
        strip=False,
        help_text="Kept encrypted, and never shown again.",
        widget=forms.PasswordInput,
    )
    match_claim = forms.CharField(
        label="Claim that holds a user's externalId",
        required=False,
        max_length=64,
        help_text="Only for administrators by a group. With Entra map externalId to objectId and give oid. Empty: off.",
    )
    is_listed = forms.BooleanField(
        label="Offer it on your organization's sign-in page",
        required=False,
        initial=True,
        help_text="Everybody who has that page's address can see its name there.",
    )

    @classmethod
    def of(cls, provider: IdentityProvider) -> dict[str, Any]:
        return {name: getattr(provider, name) for name in cls.base_fields if name != "client_secret"}

    def clean_issuer(self) -> str:
        """The issuer as its discovery document writes it."""
        try:
            return str(discover(self.cleaned_data["issuer"])["issuer"])
        except DiscoveryError as error:
            raise forms.ValidationError(str(error)) from None

    def clean_match_claim(self) -> str:
        claim: str = self.cleaned_data["match_claim"]
        if claim and not CLAIM.match(claim):
            raise forms.ValidationError("A claim's name has letters, digits, and no blanks.")
        if claim.lower() in {"email", "preferred_username", "upn", "name", "unique_name"}:
            raise forms.ValidationError("That claim can change or be chosen; take one that cannot, like oid or sub.")
        return claim
