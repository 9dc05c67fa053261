"""Decisions about purges."""

from django import forms


class AllowForm(forms.Form):
    """How many users were due when the administrator decided."""

    due = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=10**9)
