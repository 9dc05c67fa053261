"""What is asked about users: the list's filters, and the confirmation of what cannot be undone."""

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from controlhub.models import Permission, Role, Source, Status, User
from controlhub.portal.forms.fields import NO_AUTOCOMPLETE, IdsField, PlainTextField, search_box, text_box
from controlhub.portal.forms.filters import MAX_TEXT, ListFilter
from controlhub.text.names import canonical_key
from controlhub.text.readable import escaped

MANAGE_ROLES = Permission.MANAGE_ROLES
TYPED = {**NO_AUTOCOMPLETE, "spellcheck": "false"}


class UserFilter(ListFilter):
    q = django_filters.CharFilter(
        label=_("Search by name or email"),
        method="search",
        max_length=MAX_TEXT,
        widget=search_box(_("Search by name or email")),
    )
    status = django_filters.ChoiceFilter(
        label=_("Status"), choices=Status.choices, empty_label=_("Any status"), method="having"
    )
    source = django_filters.ChoiceFilter(label=_("Source"), choices=Source.choices, empty_label=_("Any source"))

    class Meta:
        model = User
        fields = ["q", "status", "source"]

    def search(self, users: QuerySet[User], _name: str, text: str) -> QuerySet[User]:
        return users.matching(text.strip())  # type: ignore[attr-defined, no-any-return]

    def having(self, users: QuerySet[User], _name: str, status: str) -> QuerySet[User]:
        return users.with_status(Status(status))  # type: ignore[attr-defined, no-any-return]


class DeletedFilter(ListFilter):
    """The search in the list of deleted users."""

    q = django_filters.CharFilter(
        label=_("Search deleted users"),
        method="search",
        max_length=MAX_TEXT,
        widget=search_box(_("Search deleted users")),
    )

    class Meta:
        model = User
        fields = ["q"]

    def search(self, users: QuerySet[User], _name: str, text: str) -> QuerySet[User]:
        return users.matching(text.strip())  # type: ignore[attr-defined, no-any-return]


class ChoiceForm(forms.Form):
    """Which users an action is for: `ids`, or with `all` the deleted users that the search `q` finds.

    With `rest`, the action is for `ids`, and the other users that the search finds come next.
    """

    ids = IdsField()
    all = forms.BooleanField(required=False)
    rest = forms.BooleanField(required=False)
    q = forms.CharField(required=False, max_length=MAX_TEXT)


class ConfirmedForm(forms.Form):
    """Whether the page that asks first was submitted."""

    confirm = forms.BooleanField(required=False)


class ReviewForm(forms.Form):
    """How many users the administrator saw."""

    number = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=10**9)


class AddForm(forms.Form):
    """Somebody that no directory knows; roles that `by` covers."""

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
        self.fields["role"].choices = [("", _("None")), *covered]  # type: ignore[attr-defined]


class HoldForm(forms.Form):
    reason = PlainTextField(
        label=_("Reason"),
        max_length=500,
        help_text=_("For example a case number. It is recorded in the audit log."),
        error_messages={"required": _("Give a reason for the hold.")},
    )


class ExtendForm(forms.Form):
    days = forms.IntegerField(label=_("Extension (days)"), min_value=1, max_value=365, initial=30)


class PurgeManyForm(forms.Form):
    """How many there are, typed in words that cannot be typed by accident."""

    confirm = forms.CharField(label=_("Confirmation"), max_length=100, widget=forms.TextInput(attrs=TYPED))

    def __init__(self, *args: Any, number: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.wanted = f"delete {number}"
        self.fields["confirm"].label = _("Type {text} to confirm").format(text=self.wanted)

    def clean_confirm(self) -> str:
        typed: str = self.cleaned_data["confirm"]
        if typed.strip().lower() != self.wanted:
            raise forms.ValidationError(_("Type {wanted} to confirm.").format(wanted=self.wanted))
        return typed


class PurgeForm(forms.Form):
    """The person's userName, typed."""

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
