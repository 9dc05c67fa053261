"""The form that starts an export."""

from django import forms
from django.utils.translation import gettext_lazy as _

from controlhub.user_files.exports import FORMATS

MAX_QUERY = 4_000
LABELS = {"csv": _("CSV, for spreadsheets and other systems"), "xlsx": _("XLSX (Excel)"), "jsonl": _("JSON Lines")}


class ExportForm(forms.Form):
    """The format, and the query string of the list whose users are exported."""

    format = forms.ChoiceField(
        label=_("Format"),
        choices=[(name, LABELS[name]) for name in FORMATS],
        widget=forms.RadioSelect,
        help_text=_("CSV and JSON Lines hold any number of users, XLSX at most 20,000."),
    )
    query = forms.CharField(required=False, max_length=MAX_QUERY, widget=forms.HiddenInput)
