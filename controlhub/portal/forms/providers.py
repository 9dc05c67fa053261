"""An identity provider, checked by asking it."""

import re
from typing import Any

from django import forms

from controlhub.models import IdentityProvider
from controlhub.portal.forms.fields import NO_AUTOCOMPLETE, PlainTextField, text_box
from controlhub.portal.signin.oidc import DiscoveryError, discover

CLAIM = re.compile(r"[A-Za-z0-9_.:/-]{1,64}\Z")


class ProviderForm(forms.Form):
    name = PlainTextField(max_length=40, help_text="Shown on the sign-in button.", widget=text_box())
    issuer = PlainTextField(
        label="Issuer",
        max_length=2_000,
        widget=forms.URLInput(attrs=NO_AUTOCOMPLETE),
        help_text="Entra ID: https://login.microsoftonline.com/<tenant ID>/v2.0 · Okta: https://<your org>.okta.com",
    )
    client_id = PlainTextField(
        label="Client ID", max_length=191, help_text="Entra ID: Application (client) ID.", widget=text_box()
    )
    client_secret = PlainTextField(
        label="Client secret",
        max_length=191,
        strip=False,
        help_text="Stored encrypted and never shown again.",
        widget=forms.PasswordInput(attrs=NO_AUTOCOMPLETE),
    )
    match_claim = forms.CharField(
        label="External ID claim",
        required=False,
        max_length=64,
        widget=text_box(),
        help_text="Needed only for administrators by group membership. With Entra ID, enter oid.",
    )
    is_listed = forms.BooleanField(
        label="Show on your organization's sign-in page",
        required=False,
        initial=True,
        help_text="Anyone with the address of that page can see the provider's name.",
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
            raise forms.ValidationError("Use only letters, digits and the characters _ . : / -")
        if claim.lower() in {"email", "preferred_username", "upn", "name", "unique_name"}:
            raise forms.ValidationError("This claim can change. Use a permanent one such as oid or sub.")
        return claim
