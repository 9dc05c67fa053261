"""Paging of jobs and their problems."""

from uuid import UUID

from django import forms


class JobPageForm(forms.Form):
    """The job after which the page begins. An invalid id means the first page."""

    before = forms.UUIDField(required=False)

    @property
    def position(self) -> UUID | None:
        return self.cleaned_data.get("before") if self.is_valid() else None


class ProblemPageForm(forms.Form):
    """The problem after which the page begins. An invalid number means the first page."""

    after = forms.IntegerField(required=False, min_value=0, max_value=2**62)

    @property
    def position(self) -> int:
        return self.cleaned_data.get("after") or 0 if self.is_valid() else 0
