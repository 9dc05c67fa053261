"""Codes of authenticator apps and recovery codes: allauth's forms with this portal's fields."""

from typing import Any

from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.utils.translation import gettext_lazy as _

ONE_TIME_CODE = {"autocomplete": "one-time-code", "autofocus": True, "placeholder": False}


class _Code(forms.Form):
    """A code from an app, or a recovery code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("Authenticator app code or recovery code")
        self.fields["code"].widget.attrs |= ONE_TIME_CODE


class CodeForm(_Code, AuthenticateForm):
    """The second factor of a sign-in."""


class CodeAgainForm(_Code, ReauthenticateForm):
    """The second factor again, to confirm the user's identity."""


class AddAppForm(ActivateTOTPForm):
    """The first code of a new authenticator app."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("Code")
        self.fields["code"].widget.attrs |= ONE_TIME_CODE
