"""Signing in and confirming identity: allauth's forms with this portal's fields."""

from typing import Any

from allauth.account.forms import (
    ChangePasswordForm as AllauthChangePasswordForm,
)
from allauth.account.forms import LoginForm, ReauthenticateForm, ResetPasswordForm, ResetPasswordKeyForm
from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from controlhub.models import AddressUse
from controlhub.portal.forms.fields import set_choices
from controlhub.portal.signin.accounts import note_typed
from controlhub.security.password_validators import MAX_PASSWORD
from controlhub.text.names import MAX_LENGTH, canonical_key
from controlhub.text.time_zones import time_zones

MIN_PASSWORD = 12
PASSWORD = _("Password")
NEW_PASSWORD_HELP = _("Use at least 12 characters.")
OWN_ADDRESS = {"type": "email", "autofocus": True}


def password_field(label: Any = PASSWORD, *, autocomplete: str = "current-password", **attrs: Any) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete, **attrs})
    return forms.CharField(label=label, max_length=MAX_PASSWORD, strip=False, widget=widget)


def describe_new_passwords(form: forms.Form, *, autofocus: bool) -> None:
    """Set the labels and help texts of allauth's two fields for a new password."""
    for name, label in (("password1", _("New password")), ("password2", _("Confirm new password"))):
        form.fields[name].label = label
        form.fields[name].help_text = ""
        form.fields[name].widget.attrs["placeholder"] = False
    form.fields["password1"].help_text = NEW_PASSWORD_HELP
    form.fields["password1"].widget.attrs["autofocus"] = autofocus


class SignInForm(LoginForm):
    """An address in any case and Unicode form, and a password."""

    password = password_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        widget = forms.TextInput(attrs={**OWN_ADDRESS, "autocomplete": "username webauthn"})
        self.fields["login"] = forms.CharField(label=_("Email address"), max_length=MAX_LENGTH, widget=widget)

    def clean_login(self) -> str:
        return canonical_key(self.cleaned_data["login"])


class PasswordForm(ReauthenticateForm):
    """The password again, to confirm the user's identity."""

    password = password_field(autofocus=True)


class ChangePasswordForm(AllauthChangePasswordForm):
    """The current password, and a new one entered twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"] = password_field(_("Current password"), autofocus=True)
        describe_new_passwords(self, autofocus=False)


class NewPasswordForm(ResetPasswordKeyForm):
    """A new password entered twice, on the page that a mailed link opens."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        describe_new_passwords(self, autofocus=True)


class ForgottenForm(ResetPasswordForm):
    """The response and its timing are the same for every address: a job looks up the account."""

    email = forms.CharField(
        label=_("Email address"),
        max_length=MAX_LENGTH,
        widget=forms.TextInput(attrs={**OWN_ADDRESS, "autocomplete": "username"}),
    )

    def clean_email(self) -> str:
        return canonical_key(self.cleaned_data["email"])

    def save(self, request: HttpRequest, **_kwargs: Any) -> str:
        key: str = self.cleaned_data["email"]
        note_typed(AddressUse.PASSWORD_RESET, request, key)
        return key


class InvitationForm(forms.Form):
    """The password that an administrator chooses with an invitation."""

    password = password_field(autocomplete="new-password", autofocus=True, minlength=MIN_PASSWORD)
    password.help_text = NEW_PASSWORD_HELP


class ThemeForm(forms.Form):
    """How the portal looks."""

    theme = forms.ChoiceField(choices=[("auto", _("Match system")), ("light", _("Light")), ("dark", _("Dark"))])


class LanguageForm(forms.Form):
    """The language of the portal and of mail; "" follows the browser."""

    language = forms.ChoiceField(label=_("Language"), required=False, help_text=_("Also used for mail to you."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("Language of the browser")), *settings.LANGUAGES]
        set_choices(self, "language", choices)


class TimeZoneForm(forms.Form):
    """The time zone of pages; "" follows the browser."""

    time_zone = forms.ChoiceField(
        label=_("Time zone"), required=False, help_text=_("Used for times on pages. Mail and exports use UTC.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = [(name, name.replace("_", " ")) for name in time_zones()]
        set_choices(self, "time_zone", [("", _("Time zone of the browser")), *zones])


class NextForm(forms.Form):
    """Where to go afterwards; the view checks that it is an address of this site."""

    next = forms.CharField(required=False, max_length=2_000)


class LeaveForm(NextForm):
    """On the way to an identity provider: to sign in, or to connect an identity."""

    process = forms.ChoiceField(required=False, choices=[("login", _("Sign in")), ("connect", _("Connect"))])
