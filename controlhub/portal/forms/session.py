"""Signing in, and proving it again: allauth's forms with this portal's fields."""

from typing import Any

from allauth.account.forms import LoginForm, ReauthenticateForm, ResetPasswordForm
from django import forms

from controlhub.models import Account
from controlhub.names import MAX_LENGTH, canonical_key
from controlhub.passwords import MAX_PASSWORD


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
    """The answer is the same whoever asks; a link goes only to the sign-in address of who has a password."""

    email = forms.CharField(label="Email address", max_length=MAX_LENGTH)

    def clean_email(self) -> str:
        key = canonical_key(self.cleaned_data["email"])
        known = Account.objects.select_related("user__organization")
        self.users = list(known.filter(sign_in_key=key, user__active=True, by_group=False))
        return key
