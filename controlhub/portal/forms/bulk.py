"""Forms of bulk actions: the selected users, and the confirmation on the preview page."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from controlhub.models import Organization
from controlhub.portal.forms.fields import IdsField, PlainTextField
from controlhub.portal.forms.joined_groups import JoinedGroupForm
from controlhub.portal.forms.users import TYPED

MAX_QUERY = 4_000


class SelectionForm(forms.Form):
    """The users: `ids`, or with `all`, those that the query string `query` of the list selects.

    `seen` is the mark of the selection that the administrator saw in the preview and confirmed.
    """

    ids = IdsField()
    all = forms.BooleanField(required=False)
    query = forms.CharField(required=False, max_length=MAX_QUERY)
    seen = forms.CharField(required=False, max_length=100)


class ConfirmForm(forms.Form):
    """The input on the preview page, which becomes the parameters of the job."""

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


class GroupForm(JoinedGroupForm, ConfirmForm):
    """The group that the users join or leave."""

    @property
    def parameters(self) -> Mapping[str, Any]:
        return {"group": str(self.found.pk) if self.found else "", "reason": self.cleaned_data["reason"]}
