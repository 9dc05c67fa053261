"""Forms of users: the list's filters, and confirmations."""

from typing import Any
from uuid import UUID

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from controlhub.models import Connection, Group, Organization, Permission, Role, Status, User
from controlhub.portal.forms.fields import NO_AUTOCOMPLETE, PlainTextField, search_box, set_choices, text_box
from controlhub.portal.forms.filters import MAX_TEXT, ListFilter
from controlhub.portal.user_columns import CHOICES, COMPACT, ListLayout
from controlhub.text.names import canonical_key
from controlhub.text.readable import escaped, plain
from controlhub.user_lists.criteria import ANY_ROLE, NO_CONNECTION, WITH_ERRORS, is_uuid

MANAGE_ROLES = Permission.MANAGE_ROLES
TYPED = {**NO_AUTOCOMPLETE, "spellcheck": "false"}


OF_LIST = {"form": "list"}
"""The filters are outside the form that they belong to."""
STATUSES = [choice for choice in Status.choices if choice[0] != Status.DELETED]
WITHIN = [("1", _("Within 1 day")), ("7", _("Within 7 days")), ("30", _("Within 30 days"))]
MOST_GROUPS = 200
"""The maximum number of groups that the filter offers. The list of any other group is opened from its page."""


class UserFilter(ListFilter):
    """The search and the filters of the list of users; `controlhub.user_lists.Criteria` says what they mean."""

    q = django_filters.CharFilter(
        label=_("Search by name, email, phone, ID, externalId or employee number"),
        max_length=MAX_TEXT,
        widget=search_box(_("Name, email, phone, ID or employee number")),
    )
    status = django_filters.ChoiceFilter(
        label=_("Status"), choices=STATUSES, empty_label=_("Any status"), widget=forms.Select(attrs=OF_LIST)
    )
    connection = django_filters.ChoiceFilter(
        label=_("Connection"), empty_label=_("Any connection"), widget=forms.Select(attrs=OF_LIST)
    )
    role = django_filters.ChoiceFilter(
        label=_("Admin role"),
        choices=[(ANY_ROLE, _("Any administrator role")), *Role.choices],
        empty_label=_("Everyone"),
        widget=forms.Select(attrs=OF_LIST),
    )
    group = django_filters.ChoiceFilter(
        label=_("Group"), empty_label=_("Any group"), widget=forms.Select(attrs=OF_LIST)
    )
    domain = django_filters.CharFilter(
        label=_("Domain"),
        max_length=MAX_TEXT,
        widget=forms.TextInput(attrs={**OF_LIST, **TYPED, "placeholder": "example.com"}),
    )

    errors = django_filters.ChoiceFilter(
        label=_("Provisioning"),
        choices=[(WITH_ERRORS, _("With errors"))],
        empty_label=_("With or without errors"),
        widget=forms.Select(attrs=OF_LIST),
    )

    due = django_filters.ChoiceFilter(
        label=_("Permanent deletion"), choices=WITHIN, empty_label=_("Any time"), widget=forms.Select(attrs=OF_LIST)
    )

    class Meta:
        model = User
        fields = ["q", "status", "connection", "role", "group", "domain", "errors", "due"]

    def __init__(self, data: Any, *, organization: Organization) -> None:
        super().__init__(data, queryset=User.objects.none())
        self.filters["connection"].extra["choices"] = _connections(organization)
        self.filters["group"].extra["choices"] = _groups(organization, str(self.data.get("group", "")))


def _connections(organization: Organization) -> list[tuple[str, Any]]:
    found = Connection.objects.in_organization(organization).order_by("name").values_list("pk", "name")
    return [*((str(pk), plain(name)) for pk, name in found), (NO_CONNECTION, _("None (added here)"))]


def _groups(organization: Organization, chosen: str) -> list[tuple[str, str]]:
    """The first groups by name, and the chosen one."""
    groups = Group.objects.in_organization(organization)
    found = list(groups.order_by("display_name_key", "ordinal").values_list("pk", "display_name")[:MOST_GROUPS])
    if is_uuid(chosen) and chosen not in {str(pk) for pk, _name in found}:
        found += groups.filter(pk=UUID(chosen)).values_list("pk", "display_name")
    return [(str(pk), plain(name)) for pk, name in found]


class LayoutForm(forms.Form):
    """Columns and row height of the list; `up` and `down` also move a column, `reset` restores the defaults."""

    columns = forms.MultipleChoiceField(choices=[(key, key) for key in CHOICES], required=False)
    density = forms.ChoiceField(choices=[("", ""), (COMPACT, COMPACT)], required=False)
    up = forms.ChoiceField(choices=[(key, key) for key in CHOICES], required=False)
    down = forms.ChoiceField(choices=[(key, key) for key in CHOICES], required=False)
    reset = forms.BooleanField(required=False)
    query = forms.CharField(required=False, max_length=4_000)

    def layout(self) -> ListLayout:
        """The requested layout."""
        asked = self.cleaned_data
        if asked["reset"]:
            return ListLayout()
        layout = ListLayout(tuple(dict.fromkeys(asked["columns"])), asked["density"] == COMPACT)
        return layout.moved(asked["up"], by=-1).moved(asked["down"], by=1)


class DeletedFilter(ListFilter):
    """The search in the list of deleted users."""

    q = django_filters.CharFilter(
        label=_("Search deleted users"),
        max_length=MAX_TEXT,
        widget=search_box(_("Search deleted users")),
    )

    class Meta:
        model = User
        fields = ["q"]


class ConfirmedForm(forms.Form):
    """Whether the confirmation page was submitted."""

    confirm = forms.BooleanField(required=False)


class ReviewForm(forms.Form):
    """The number of users that the administrator saw."""

    number = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=10**9)


class AnotherForm(forms.Form):
    """Whether the button that opens another empty form was pressed."""

    another = forms.BooleanField(required=False)


class AddForm(forms.Form):
    """A person who is not in a directory, and optionally one of the roles that `by` covers."""

    address = forms.EmailField(label=_("Email address"), max_length=254, widget=forms.EmailInput(attrs=NO_AUTOCOMPLETE))
    given_name = PlainTextField(label=_("First name"), max_length=200, required=False, widget=text_box())
    family_name = PlainTextField(label=_("Last name"), max_length=200, required=False, widget=text_box())
    title = PlainTextField(label=_("Title"), max_length=200, required=False, widget=text_box())
    role = forms.TypedChoiceField(
        label=_("Administrator role"),
        required=False,
        coerce=Role,
        empty_value=None,
        help_text=_("Administrators choose a password when they accept the invitation."),
    )

    def __init__(self, *args: Any, by: Role, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        covered = [(role.value, role.label) for role in Role if by.covers(role)] if by.may(MANAGE_ROLES) else []
        set_choices(self, "role", [("", _("None")), *covered])


class HoldForm(forms.Form):
    reason = PlainTextField(
        label=_("Reason"),
        max_length=500,
        help_text=_("For example a case number. It is recorded in the audit log."),
        error_messages={"required": _("Give a reason for the hold.")},
    )


class ExtendForm(forms.Form):
    days = forms.IntegerField(label=_("Extension (days)"), min_value=1, max_value=365, initial=30)


class PurgeForm(forms.Form):
    """The person's userName, typed as a confirmation."""

    confirm = forms.CharField(label=_("userName"), max_length=600, widget=forms.TextInput(attrs=TYPED))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["confirm"].label = _("Type {text} to confirm").format(text=escaped(user.shown_user_name))

    def clean_confirm(self) -> str:
        typed: str = self.cleaned_data["confirm"]
        if canonical_key(typed) != canonical_key(self.user.shown_user_name):
            raise forms.ValidationError(
                _("Type {shown_user_name} to confirm.").format(shown_user_name=self.user.shown_user_name)
            )
        return typed
