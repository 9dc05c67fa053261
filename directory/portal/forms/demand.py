"""The forms of provisioning on demand: the search, the chosen group, and what is provisioned."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from controlhub.portal.forms.fields import IdsField
from directory.portal.forms.assignments import PrincipalSearch

MOST_MEMBERS = 5
"""The maximum number of members that are provisioned with a group, as in Entra."""


class DemandSearch(PrincipalSearch):
    """Without `group`, the search finds people and groups; with it, members of the group."""

    group = forms.UUIDField(required=False, widget=forms.HiddenInput)

    @property
    def chosen(self) -> UUID | None:
        return self.cleaned_data.get("group") if self.is_valid() else None


class DemandForm(forms.Form):
    """One person, or one group and some of its members."""

    person = forms.UUIDField(required=False)
    group = forms.UUIDField(required=False)
    members = IdsField()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if bool(cleaned.get("person")) is bool(cleaned.get("group")):
            raise ValidationError(_("Choose a user or a group."))
        if len(cleaned.get("members", ())) > MOST_MEMBERS:
            raise ValidationError(_("Choose at most 5 members of the group."))
        return cleaned
