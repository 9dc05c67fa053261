"""The form for undoing a cycle: the cycle that the page has shown."""

from django import forms


class UndoForm(forms.Form):
    cycle = forms.UUIDField(widget=forms.HiddenInput)
