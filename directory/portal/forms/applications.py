"""Forms of the gallery and of an application's name."""

from django import forms
from django.utils.translation import gettext_lazy as _

from controlhub.portal.forms.fields import PlainTextField, search_box, text_box
from controlhub.portal.forms.search import SearchForm

MAX_NAME = 100


class GallerySearch(SearchForm):
    q = forms.CharField(label=_("Search applications"), required=False, widget=search_box(_("Search applications")))

    @property
    def words(self) -> list[str]:
        return self.text.lower().split()


class NameForm(forms.Form):
    name = PlainTextField(
        label=_("Name"), max_length=MAX_NAME, widget=text_box(), help_text=_("The name shown in this directory.")
    )
