"""The filter on the page of a self-test."""

from django import forms


class StepsForm(forms.Form):
    """`failed` leaves out the steps that did not fail."""

    failed = forms.BooleanField(required=False)

    @property
    def is_failed_only(self) -> bool:
        return self.is_valid() and self.cleaned_data["failed"]
