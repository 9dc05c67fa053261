"""Decisions about purges."""

from django import forms


class AllowForm(forms.Form):
    """The number of users who were due when the administrator decided."""

    due = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=10**9)
