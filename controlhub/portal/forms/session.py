"""Signing in."""

from django import forms

from controlhub.names import MAX_LENGTH


class SignInForm(forms.Form):
    address = forms.CharField(
        label="Email address", max_length=MAX_LENGTH, widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )
    password = forms.CharField(
        max_length=1_000, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )


class PasswordForm(forms.Form):
    password = forms.CharField(max_length=1_000, strip=False, widget=forms.PasswordInput)
