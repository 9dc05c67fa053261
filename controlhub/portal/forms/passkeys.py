"""Passkey responses of browsers: limited in size, and validated against the challenge."""

from typing import Any

from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from allauth.mfa.webauthn.internal import auth
from django import forms
from django.utils.translation import gettext_lazy as _

from controlhub.errors import MALFORMED_INPUT_ERRORS

MAX_CREDENTIAL = 20_000


class CredentialField(forms.JSONField):
    """The browser's response, a JSON object of limited size."""

    def __init__(self) -> None:
        super().__init__(required=True, widget=forms.HiddenInput, max_length=MAX_CREDENTIAL)

    def bound_data(self, data: Any, initial: Any) -> Any:  # noqa: ARG002
        """Nothing: the browser's data is never shown again, and may not be JSON."""
        return None

    def prepare_value(self, value: Any) -> str:  # noqa: ARG002
        return ""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and len(value) > MAX_CREDENTIAL:
            raise get_adapter().validation_error("incorrect_code")
        try:
            found = super().to_python(value)
        except (RecursionError, ValueError):  # a number has more digits than Python reads
            raise get_adapter().validation_error("incorrect_code") from None
        if found is not None and not isinstance(found, dict):
            raise get_adapter().validation_error("incorrect_code")
        return found


class _Proof:
    """A challenge can be answered only once, correctly or not."""

    def clean_credential(self) -> Authenticator:
        try:
            return super().clean_credential()  # type: ignore[misc]
        except MALFORMED_INPUT_ERRORS:
            raise get_adapter().validation_error("incorrect_code") from None
        finally:
            context.request.session.pop(auth.STATE_SESSION_KEY, None)


class SecondFactorForm(_Proof, AuthenticateWebAuthnForm):
    credential = CredentialField()


class AgainForm(_Proof, ReauthenticateWebAuthnForm):
    credential = CredentialField()


class PasskeyForm(_Proof, LoginWebAuthnForm):
    """A passkey for sign-in without a password: registered for that, and verified by PIN, fingerprint or face.

    allauth checks neither: it would accept a key registered as a second factor, and a response to its challenge.
    """

    credential = CredentialField()

    def clean_credential(self) -> Authenticator:
        sent = self.cleaned_data["credential"]
        authenticator = super().clean_credential()
        signed = auth.parse_authentication_response(sent).response.authenticator_data
        is_second_factor = authenticator.wrap().is_passwordless is False  # None: the browser did not say
        if is_second_factor or not signed.is_user_verified():
            raise get_adapter().validation_error("incorrect_code")
        return authenticator


class AddPasskeyForm(AddWebAuthnForm):
    credential = CredentialField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name")
        self.fields["name"].widget.attrs["autocomplete"] = "off"
        passwordless = self.fields["passwordless"]
        passwordless.label = _("Use as a passkey (no password needed)")
        passwordless.help_text = _("Your device asks for a PIN, a fingerprint or your face instead.")
        passwordless.initial = True

    def clean(self) -> dict[str, Any]:
        try:
            self.cleaned_data["credential"]["clientExtensionResults"].get("credProps", {}).get("rk")  # read later on
            cleaned: dict[str, Any] = super().clean()
        except MALFORMED_INPUT_ERRORS:
            raise get_adapter().validation_error("incorrect_code") from None
        return cleaned
