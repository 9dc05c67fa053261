"""The filters of the lists of people."""

from django import forms
from django.utils.translation import gettext_lazy as _

from controlhub.portal.forms.fields import search_box
from controlhub.portal.forms.filters import MAX_TEXT


class PeopleFilter(forms.Form):
    """A search, and whether the account is enabled."""

    q = forms.CharField(
        label=_("Search users"),
        required=False,
        max_length=MAX_TEXT,
        widget=search_box(_("Name, user principal name or object ID")),
    )
    enabled = forms.ChoiceField(
        label=_("Account enabled"), required=False, choices=[("", _("Any")), ("yes", _("Yes")), ("no", _("No"))]
    )

    @property
    def is_filtered(self) -> bool:
        return any(self.data.get(name) for name in self.fields)
