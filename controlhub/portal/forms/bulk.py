"""What bulk actions ask: which users they are for, and the confirmation on the preview page."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from controlhub.models import Group, Organization
from controlhub.portal.forms.fields import NO_AUTOCOMPLETE, IdsField, PlainTextField
from controlhub.portal.forms.users import TYPED
from controlhub.text.names import canonical_key
from controlhub.user_lists.criteria import is_uuid

MAX_QUERY = 4_000
OFFERED_GROUPS = 200


class SelectionForm(forms.Form):
    """The users: `ids`, or with `all` those that the query string `query` of the list selects.

    `seen` is the mark of the selection that the administrator saw in the preview and confirmed.
    """

    ids = IdsField()
    all = forms.BooleanField(required=False)
    query = forms.CharField(required=False, max_length=MAX_QUERY)
    seen = forms.CharField(required=False, max_length=100)


class ConfirmForm(forms.Form):
    """What is entered in the preview, which becomes the parameters of the job."""

    def __init__(self, data: Any = None, *, organization: Organization, number: int) -> None:
        super().__init__(data)
        self.organization, self.number = organization, number

    @property
    def parameters(self) -> Mapping[str, Any]:
        return {}


class HoldForm(ConfirmForm):
    reason = PlainTextField(
        label=_("Reason"),
        max_length=500,
        help_text=_("For example a case number. It is recorded in the audit log."),
        error_messages={"required": _("Give a reason for the hold.")},
    )

    @property
    def parameters(self) -> Mapping[str, Any]:
        return {"reason": self.cleaned_data["reason"]}


class PurgeForm(ConfirmForm):
    """A confirmation text with the number of users, which cannot be typed by accident."""

    confirm = forms.CharField(max_length=100, widget=forms.TextInput(attrs=TYPED))

    def __init__(self, data: Any = None, *, organization: Organization, number: int) -> None:
        super().__init__(data, organization=organization, number=number)
        self.wanted = f"delete {number}"
        self.fields["confirm"].label = _("Type {text} to confirm").format(text=self.wanted)

    def clean_confirm(self) -> str:
        typed: str = self.cleaned_data["confirm"]
        if typed.strip().lower() != self.wanted:
            raise forms.ValidationError(_("Type {wanted} to confirm.").format(wanted=self.wanted))
        return typed


class GroupForm(ConfirmForm):
    """The group, by its name or id, and why it is changed here if a directory owns it."""

    group = forms.CharField(
        label=_("Group"),
        max_length=400,
        help_text=_("The name of the group, or its ID."),
        widget=forms.TextInput(attrs={**NO_AUTOCOMPLETE, "list": "groups"}),
    )
    reason = PlainTextField(
        label=_("Reason"),
        max_length=500,
        required=False,
        help_text=_("Required if a directory owns the group: it may undo the change."),
    )
    found: Group

    @property
    def parameters(self) -> Mapping[str, Any]:
        return {"group": str(self.found.pk), "reason": self.cleaned_data["reason"]}

    @property
    def offered(self) -> list[str]:
        """The first names, which the field suggests."""
        groups = Group.objects.in_organization(self.organization).order_by("display_name_key", "ordinal")
        return list(groups.values_list("display_name", flat=True)[:OFFERED_GROUPS])

    def clean_group(self) -> str:
        typed: str = self.cleaned_data["group"]
        groups = Group.objects.in_organization(self.organization).select_related("organization")
        named = (
            groups.filter(pk=UUID(typed)) if is_uuid(typed) else groups.filter(display_name_key=canonical_key(typed))
        )
        found = list(named[:2])
        if not found:
            raise forms.ValidationError(_("There is no group with this name."))
        if len(found) > 1:
            raise forms.ValidationError(_("Several groups have this name. Enter the ID of one of them."))
        self.found = found[0]
        return typed

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "group" in cleaned and self.found.owner and not cleaned.get("reason"):
            self.add_error(
                "reason",
                _("{owner} owns this group. Change it there, or give a reason to override.").format(
                    owner=self.found.owner.name
                ),
            )
        return cleaned
