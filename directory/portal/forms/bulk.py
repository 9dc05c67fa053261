"""The form for adding many people to a group: the group."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controlhub.portal.forms.bulk import ConfirmForm
from controlhub.portal.forms.fields import NO_AUTOCOMPLETE
from controlhub.text.names import canonical_key
from controlhub.user_lists.criteria import is_uuid
from directory.models import Group, GroupKind

OFFERED_GROUPS = 200


class JoinForm(ConfirmForm):
    """After validation, `found` is the group."""

    group = forms.CharField(
        label=gettext_lazy("Group"),
        max_length=400,
        help_text=gettext_lazy("The name of the group, or its ID."),
        widget=forms.TextInput(attrs={**NO_AUTOCOMPLETE, "list": "groups"}),
    )
    found: Group | None = None

    @property
    def offered(self) -> list[str]:
        """The names of the first groups with assigned members, which the field suggests."""
        groups = Group.objects.in_organization(self.organization).exclude(kind=GroupKind.DYNAMIC)
        return list(groups.order_by("display_name_key").values_list("display_name", flat=True)[:OFFERED_GROUPS])

    def clean_group(self) -> str:
        typed: str = self.cleaned_data["group"]
        key = Q(pk=UUID(typed)) if is_uuid(typed) else Q(display_name_key=canonical_key(typed))
        self.found = Group.objects.in_organization(self.organization).filter(key).first()
        if self.found is None:
            raise forms.ValidationError(_("There is no group with this name."))
        if self.found.kind == GroupKind.DYNAMIC:
            raise forms.ValidationError(_("The rule of this group selects its members. Change the rule instead."))
        return typed

    @property
    def parameters(self) -> Mapping[str, Any]:
        return {"group": str(self.found.pk) if self.found else ""}
