"""The form of an identity provider, checked with its discovery document."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from controlhub.models import IdentityProvider
from controlhub.portal.forms.fields import NO_AUTOCOMPLETE, PlainTextField, text_box
from controlhub.portal.signin.oidc import DiscoveryError, discover

CLAIM = re.compile(r"[A-Za-z0-9_.:/-]{1,64}\Z")


class ProviderForm(forms.Form):
    name = PlainTextField(
        label=_("Name"), max_length=40, help_text=_("Shown on the sign-in button."), widget=text_box()
    )
    issuer = PlainTextField(
        label=_("Issuer"),
        max_length=2_000,
        widget=forms.URLInput(attrs=NO_AUTOCOMPLETE),
        help_text=_("Entra ID: https://login.microsoftonline.com/<tenant ID>/v2.0 · Okta: https://<your org>.okta.com"),
    )
    client_id = PlainTextField(
        label=_("Client ID"), max_length=191, help_text=_("Entra ID: Application (client) ID."), widget=text_box()
    )
    client_secret = PlainTextField(
        label=_("Client secret"),
        max_length=191,
        strip=False,
        help_text=_("Stored encrypted and never shown again."),
        widget=forms.PasswordInput(attrs=NO_AUTOCOMPLETE),
    )
    match_claim = forms.CharField(
        label=_("External ID claim"),
        required=False,
        max_length=64,
        widget=text_box(),
        help_text=_("Needed only for administrators by group membership. With Entra ID, enter oid."),
    )
    is_listed = forms.BooleanField(
        label=_("Show on your organization's sign-in page"),
        required=False,
        initial=True,
        help_text=_("Anyone with the address of that page can see the provider's name."),
    )

    @classmethod
    def of(cls, provider: IdentityProvider) -> dict[str, Any]:
        return {name: getattr(provider, name) for name in cls.base_fields if name != "client_secret"}

    def clean_issuer(self) -> str:
        """The issuer exactly as in its discovery document."""
        try:
            return str(discover(self.cleaned_data["issuer"])["issuer"])
        except DiscoveryError as error:
            raise forms.ValidationError(str(error)) from None

    def clean_match_claim(self) -> str:
        claim: str = self.cleaned_data["match_claim"]
        if claim and not CLAIM.match(claim):
            raise forms.ValidationError(_("Use only letters, digits and the characters _ . : / -"))
        if claim.lower() in {"email", "preferred_username", "upn", "name", "unique_name"}:
            raise forms.ValidationError(_("This claim can change. Use a permanent one such as oid or sub."))
        return claim
