"""Fields for adding people to a group: its name or id, and a reason if a directory owns it."""

from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controlhub.models import Group, Organization
from controlhub.portal.forms.fields import NO_AUTOCOMPLETE, PlainTextField
from controlhub.text.names import canonical_key
from controlhub.user_lists.criteria import is_uuid

OFFERED_GROUPS = 200


class JoinedGroupForm(forms.Form):
    """After validation, `found` is the group, or None if none was entered. Subclasses set `organization` first."""

    group = forms.CharField(
        label=gettext_lazy("Group"),
        max_length=400,
        help_text=gettext_lazy("The name of the group, or its ID."),
        widget=forms.TextInput(attrs={**NO_AUTOCOMPLETE, "list": "groups"}),
    )
    reason = PlainTextField(
        label=gettext_lazy("Reason"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("Required if a directory owns the group: it may undo the change."),
    )
    organization: Organization
    found: Group | None = None

    @property
    def offered(self) -> list[str]:
        """The names of the first groups, which the field suggests."""
        groups = Group.objects.in_organization(self.organization).order_by("display_name_key", "ordinal")
        return list(groups.values_list("display_name", flat=True)[:OFFERED_GROUPS]) if "group" in self.fields else []

    def clean_group(self) -> str:
        typed: str = self.cleaned_data["group"]
        if not typed:
            return typed
        groups = Group.objects.in_organization(self.organization).select_related("organization", "connection")
        key = Q(pk=UUID(typed)) if is_uuid(typed) else Q(display_name_key=canonical_key(typed))
        found = list(groups.filter(key)[:2])
        if not found:
            raise forms.ValidationError(_("There is no group with this name."))
        if len(found) > 1:
            raise forms.ValidationError(_("Several groups have this name. Enter the ID of one of them."))
        self.found = found[0]
        return typed

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.found and self.found.owner and not cleaned.get("reason"):
            text = _("{owner} owns this group. Change it there, or give a reason to override.")
            self.add_error("reason", text.format(owner=self.found.owner.name))
        return cleaned
