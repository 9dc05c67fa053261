"""The forms of an import: the file, then the configuration read from it."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from controlhub.portal.forms.fields import JsonField
from directory.provisioning.configuration_files import ConfigurationFile, read_document, read_file
from directory.provisioning.graph_schema import MAX_BYTES, SchemaError

MOST_CHARACTERS = 1_000_000
"""The maximum length of the configuration, which the page keeps until it is applied."""


class UploadForm(forms.Form):
    """`found` is the configuration in the file."""

    file = forms.FileField(
        label=_lazy("File"),
        max_length=200,
        widget=forms.FileInput(attrs={"accept": ".json,application/json"}),
        help_text=_lazy("An exported configuration, or a synchronization schema of Microsoft Graph, as JSON."),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(_("The file is larger than {number} MB.").format(number=MAX_BYTES // 2**20))
        try:
            self.found = read_file(file.read())
        except SchemaError as error:
            raise forms.ValidationError(error.message.translated(_)) from None
        return file


class ApplyForm(forms.Form):
    """`found` is the configuration that the page has shown."""

    version = forms.IntegerField(label=_lazy("Version"), widget=forms.HiddenInput)
    configuration = JsonField(widget=forms.HiddenInput, max_length=MOST_CHARACTERS)

    found: ConfigurationFile

    def clean_configuration(self) -> Any:
        document = self.cleaned_data["configuration"]
        try:
            self.found = read_document(document)
        except SchemaError as error:
            raise forms.ValidationError(error.message.translated(_)) from None
        return document
