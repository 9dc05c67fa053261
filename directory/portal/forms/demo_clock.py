"""How many days pass in the demo."""

from django import forms
from django.utils.translation import gettext_lazy as _

MOST_DAYS = 30


class DaysForm(forms.Form):
    """`days` is how many days pass. `due` is the number of permanent deletions that the page has shown for them."""

    days = forms.IntegerField(
        label=_("Days"), min_value=1, max_value=MOST_DAYS, widget=forms.NumberInput(attrs={"class": "input"})
    )
    due = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
