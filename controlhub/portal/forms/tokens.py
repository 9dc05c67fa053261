"""Issuing an access token."""

from django import forms

from controlhub.actions.tokens import DEFAULT_DAYS, MAX_DAYS
from controlhub.models import Scope
from controlhub.portal.forms.fields import PlainTextField


class TokenForm(forms.Form):
    name = PlainTextField(max_length=200, help_text="By which you will know it, such as “Entra ID”.")
    scopes = forms.MultipleChoiceField(
        label="May",
        choices=Scope.choices,
        initial=[Scope.SCIM_READ, Scope.SCIM_WRITE],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one thing that the token may do."},
    )
    days = forms.IntegerField(label="Days until it expires", min_value=1, max_value=MAX_DAYS, initial=DEFAULT_DAYS)
