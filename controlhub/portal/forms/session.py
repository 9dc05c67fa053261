"""Signing in, and proving it again: allauth's forms with this portal's fields."""

from typing import Any

from allauth.account.forms import LoginForm, ReauthenticateForm, ResetPasswordForm
from django import forms
from django.http import HttpRequest

from controlhub.models import AddressUse
from controlhub.portal.signin.accounts import note_typed
from controlhub.security.password_validators import MAX_PASSWORD
from controlhub.text.names import MAX_LENGTH, canonical_key


class SignInForm(LoginForm):
    """An address in any case and Unicode form, and a password."""

    password = forms.CharField(max_length=MAX_PASSWORD, strip=False, widget=forms.PasswordInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = forms.CharField(label="Email address", max_length=MAX_LENGTH)

    def clean_login(self) -> str:
        return canonical_key(self.cleaned_data["login"])


class PasswordForm(ReauthenticateForm):
    password = forms.CharField(max_length=MAX_PASSWORD, strip=False, widget=forms.PasswordInput)


class ForgottenForm(ResetPasswordForm):
    """The answer, and the work for it, are the same for every address: a job looks for the account."""

    email = forms.CharField(label="Email address", max_length=MAX_LENGTH)

    def clean_email(self) -> str:
        return canonical_key(self.cleaned_data["email"])

    def save(self, request: HttpRequest, **_kwargs: Any) -> str:
        key: str = self.cleaned_data["email"]
        note_typed(AddressUse.PASSWORD_RESET, request, key)
        return key


class InvitationForm(forms.Form):
    """The password that an administrator chooses with an invitation."""

    password = forms.CharField(max_length=MAX_PASSWORD, strip=False, widget=forms.PasswordInput)


class ThemeForm(forms.Form):
    """How the portal looks."""

    theme = forms.ChoiceField(choices=[("auto", "Match system"), ("light", "Light"), ("dark", "Dark")])


class NextForm(forms.Form):
    """Where to go afterwards; whether it is an address of this site is the view's question."""

    next = forms.CharField(required=False, max_length=2_000)


class LeaveForm(NextForm):
    """On the way to an identity provider: to sign in, or to connect an identity."""

    process = forms.ChoiceField(required=False, choices=[("login", "Sign in"), ("connect", "Connect")])
