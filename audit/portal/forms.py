"""The position and the appearance of a page, as in the query string of the log."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, QueryDict
from django.utils.translation import gettext_lazy as _

from audit.lists.activities import SIGN_INS
from audit.lists.periods import start_of_day
from audit.lists.places import Place
from audit.models import AuditEvent
from audit.portal.columns import CHOICES, COMPACT, DEFAULT, OF_SIGN_INS, Layout
from controlhub.actions.saved_views import MAX_QUERY
from controlhub.models import Organization

SIZES = (25, 50, 100)
PLACES = ("before", "after", "at")
LOOKS = ("columns", "density", "size", "view")
PARAMETERS = (*PLACES, *LOOKS)
"""The parameters of the page that do not filter events."""


class PlaceForm(forms.Form):
    """`before` and `after` are ids of events. `at` is a day: the page starts with the newest event of that day."""

    before = forms.CharField(required=False, max_length=64)
    after = forms.CharField(required=False, max_length=64)
    at = forms.DateField(required=False, input_formats=["%Y-%m-%d"])
    size = forms.ChoiceField(choices=[(str(size), str(size)) for size in SIZES], required=False)

    def __init__(self, query: Any) -> None:
        super().__init__(query)
        self.is_valid()

    @property
    def page_size(self) -> int:
        return int(self.cleaned_data.get("size") or SIZES[0])

    def place(self, organization: Organization) -> Place:
        """The position given by an event or a day. Raises Http404 if the organization has no event with this id."""
        for name in ("before", "after"):
            if text := self.data.get(name):
                event = _event(organization, str(text))
                return Place(event.created_at, event.pk, is_newer=name == "after")
        day = self.cleaned_data.get("at")
        return Place(start_of_day(day + timedelta(days=1))) if day else Place()


class CheckpointPageForm(forms.Form):
    """The page starts before the checkpoint with this size. An invalid size means the newest page."""

    before = forms.IntegerField(required=False, min_value=1, max_value=2**62)

    @property
    def size(self) -> int | None:
        return self.cleaned_data.get("before") if self.is_valid() else None


def _event(organization: Organization, text: str) -> AuditEvent:
    try:
        found = AuditEvent.objects.in_organization(organization).filter(pk=UUID(text)).first()
    except ValueError:
        found = None
    if found is None:
        raise Http404
    return found


class EventExportForm(forms.Form):
    """The format, and the query string of the list whose events are exported."""

    format = forms.ChoiceField(
        label=_("Format"),
        choices=[
            ("csv", _("CSV: one row for each event, for spreadsheets")),
            ("jsonl", _("JSON Lines: one event per line with all changes, for other systems")),
            ("bundle", _("Signed bundle: events with proofs, checkpoint and verifier in a ZIP file, for auditors")),
        ],
        widget=forms.RadioSelect,
    )
    query = forms.CharField(required=False, max_length=MAX_QUERY * 2, widget=forms.HiddenInput)


class LooksForm(forms.Form):
    columns = forms.MultipleChoiceField(choices=[(key, key) for key in CHOICES], required=False)
    density = forms.ChoiceField(choices=[("", ""), (COMPACT, COMPACT)], required=False)

    def __init__(self, query: QueryDict) -> None:
        super().__init__(query)
        self._usual = OF_SIGN_INS if query.get("tab") == SIGN_INS else DEFAULT
        self.is_valid()

    @property
    def layout(self) -> Layout:
        columns = tuple(self.cleaned_data.get("columns") or ())
        return Layout(columns or self._usual, self.cleaned_data.get("density") == COMPACT)
