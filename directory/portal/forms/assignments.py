"""Forms of assignments: the search for people and groups, and the selected ones."""

from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from controlhub.portal.forms.fields import IdsField, search_box
from controlhub.portal.forms.search import SearchForm


class PrincipalSearch(SearchForm):
    q = forms.CharField(
        label=_("Search users and groups"), required=False, widget=search_box(_("Name or user principal name"))
    )


class AssignedPage(forms.Form):
    """The assignment after which a page begins. An invalid number means the first page."""

    after = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)

    @property
    def cursor(self) -> int:
        self.is_valid()
        return self.cleaned_data.get("after") or 0


class SelectedForm(forms.Form):
    """`is_seen` says whether the administrator has seen what the assignment does."""

    is_seen = forms.BooleanField(required=False)
    people = IdsField()
    groups = IdsField()

    @property
    def selected(self) -> dict[str, list[UUID]]:
        return {name: self.cleaned_data[name] for name in ("people", "groups")}
