"""The form of an import of people: the file."""

from django import forms
from django.utils.translation import gettext_lazy as _

from controlhub.portal.forms.imports import UploadForm


class PeopleUploadForm(UploadForm):
    file = forms.FileField(
        label=_("File"),
        max_length=200,
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.ldif,.ldf"}),
        help_text=_("CSV or LDIF, up to 20,000 users and 8 MB. The first row of a CSV file names the attributes."),
    )
