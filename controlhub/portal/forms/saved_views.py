"""The form of a saved view, and the view that an address opens."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from controlhub.actions.saved_views import MAX_NAME, MAX_QUERY
from controlhub.portal.forms.fields import PlainTextField, text_box


class OpenedForm(forms.Form):
    view = forms.UUIDField(required=False)

    def __init__(self, query: Any) -> None:
        super().__init__(query)

    @property
    def view_id(self) -> UUID | None:
        return self.cleaned_data.get("view") if self.is_valid() else None


class ViewForm(forms.Form):
    """The name of a saved view, and whether it is shared. `SaveForm` adds `query`, the current query of the list."""

    name = PlainTextField(label=_("Name"), max_length=MAX_NAME, widget=text_box())
    is_shared = forms.BooleanField(
        label=_("Share with all administrators who may see this list"),
        required=False,
        help_text=_("You and full administrators can change a shared view."),
    )


class SaveForm(ViewForm):
    query = forms.CharField(required=False, max_length=MAX_QUERY * 2, widget=forms.HiddenInput)
