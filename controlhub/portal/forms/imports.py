"""The forms of an import: the file, what its columns mean, and the decisions before it begins."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from controlhub.models import DeletedChoice, ImportMode, MatchBy, RowOutcome, RowResult
from controlhub.portal.forms.fields import set_choices
from controlhub.text.readable import plain

MAX_BYTES = 8_000_000
"""Requests are limited to 8 MiB."""


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        max_length=200,
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx,.jsonl,.ndjson"}),
        help_text=_("CSV, XLSX or JSON Lines, up to 20,000 rows and 8 MB. The first row names the columns."),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(_("The file is larger than 8 MB. Split it."))
        return file


class MappingForm(forms.Form):
    """A select for each column of the file, named `c0`, `c1` and so on."""

    mode = forms.ChoiceField(label=_("What the import may do"), choices=ImportMode.choices, widget=forms.RadioSelect)
    match_by = forms.ChoiceField(
        label=_("How people are matched"),
        choices=MatchBy.choices,
        help_text=_("Each row is matched to the person who has this value. A row without a match is a new person."),
    )

    def __init__(
        self,
        *args: Any,
        header: Sequence[str],
        choices: Sequence[tuple[str, str | Promise]],
        guessed: Sequence[str],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        options = [("", _("Do not import")), *choices]
        for place, (name, key) in enumerate(zip(header, guessed, strict=True)):
            self.fields[f"c{place}"] = forms.ChoiceField(label=plain(name), required=False, initial=key)
            set_choices(self, f"c{place}", options)

    @property
    def keys(self) -> list[str]:
        """The chosen key of each column."""
        return [value for name, value in self.cleaned_data.items() if name not in {"mode", "match_by"}]

    @property
    def columns(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name not in {"mode", "match_by"}]


WAITING = "waiting"
"""Rows that the import has not reached."""


class ApplyForm(forms.Form):
    """Shown only if the file has addresses of deleted people."""

    deleted_choice = forms.ChoiceField(
        label=_("Some rows have the address of a deleted person"),
        choices=DeletedChoice.choices,
        widget=forms.RadioSelect,
        required=False,
    )


class RowPageForm(forms.Form):
    """Which rows to show, by the result of the check or the outcome of the import, and after which row."""

    result = forms.ChoiceField(choices=[("", ""), *RowResult.choices], required=False)
    outcome = forms.ChoiceField(choices=[("", ""), (WAITING, WAITING), *RowOutcome.choices], required=False)
    rank = forms.IntegerField(min_value=0, max_value=9, required=False)
    after = forms.IntegerField(min_value=0, max_value=2**62, required=False)


class TemplateForm(forms.Form):
    format = forms.ChoiceField(choices=[("csv", "csv"), ("xlsx", "xlsx")], required=False)
