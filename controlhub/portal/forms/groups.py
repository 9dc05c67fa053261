"""Forms for groups: the searches, the name, and the reason for an override."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from controlhub.models import Connection, Organization, Role
from controlhub.portal.forms.fields import IdsField, PlainTextField, search_box, set_choices, text_box
from controlhub.portal.forms.filters import MAX_TEXT, CursorForm
from controlhub.portal.member_pages import Kind, MemberQuery
from controlhub.text.names import MAX_LENGTH
from controlhub.text.readable import plain

HERE = "here"
"""The value of the filter for groups that no directory owns."""


class GroupSearch(forms.Form):
    """The filters of the list of groups. An invalid value means no filter."""

    q = forms.CharField(
        label=_("Search groups"),
        required=False,
        max_length=MAX_TEXT,
        widget=search_box(_("Group name, external ID or SCIM ID")),
    )
    source = forms.ChoiceField(label=_("Source"), required=False)
    grants = forms.ChoiceField(
        label=_("Role"), required=False, choices=[("", _("Any role")), ("any", _("Gives a role")), *Role.choices]
    )

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owners = Connection.objects.filter(organization=organization).order_by("name").values_list("pk", "name")[:100]
        named = [(str(pk), plain(name)) for pk, name in owners]
        set_choices(self, "source", [("", _("Any source")), (HERE, "Control Hub"), *named])

    @property
    def chosen(self) -> dict[str, str]:
        """The valid filters that were given, by name."""
        self.is_valid()
        return {name: value.strip() for name, value in self.cleaned_data.items() if value and value.strip()}


class MemberSearch(CursorForm):
    """The search among the members of a group."""

    q = forms.CharField(
        label=_("Search members"), required=False, max_length=MAX_TEXT, widget=search_box(_("Search members"))
    )
    kind = forms.ChoiceField(
        label=_("Members"),
        required=False,
        choices=[
            (Kind.ALL, _("All")),
            (Kind.DIRECT, _("Direct")),
            (Kind.INHERITED, _("Inherited")),
        ],
    )

    @property
    def query(self) -> MemberQuery:
        kind, text = self.cursor, ""
        found = self.cleaned_data
        text = found.get("q") or ""
        return MemberQuery(Kind(found.get("kind") or Kind.ALL), text, kind["after"], kind["before"])


class PickerSearch(forms.Form):
    """The search for people and groups to add."""

    q = forms.CharField(
        label=_("Search people and groups"),
        required=False,
        max_length=MAX_TEXT,
        widget=search_box(_("Name, email, phone, ID or group name")),
    )

    def __init__(self, data: QueryDict) -> None:
        """The search box has the focus, except on a page with results."""
        super().__init__(data)
        self.fields["q"].widget.attrs["autofocus"] = not data.get("q")

    @property
    def text(self) -> str:
        return self.cleaned_data["q"].strip() if self.is_valid() else ""


class ReasonForm(forms.Form):
    """The reason for changing a group that a directory owns; other groups need no reason."""

    reason = PlainTextField(
        label=_("Reason for the override"),
        max_length=500,
        required=False,
        help_text=_("It is recorded in the audit log. The directory may undo the change."),
        widget=text_box(),
    )

    def __init__(self, *args: Any, is_owned: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_owned:
            del self.fields["reason"]
        else:
            self.fields["reason"].required = True

    @property
    def given_reason(self) -> str:
        return str(self.cleaned_data.get("reason", ""))


class MembersForm(ReasonForm):
    """Which people and groups to add or remove."""

    ids = IdsField()


class NameForm(ReasonForm):
    display_name = PlainTextField(label=_("Name"), max_length=MAX_LENGTH, widget=text_box())
    field_order = ("display_name", "reason")
