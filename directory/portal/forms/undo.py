"""The form of undoing a cycle: the one that the page has shown."""

from django import forms


class UndoForm(forms.Form):
    cycle = forms.UUIDField(widget=forms.HiddenInput)
