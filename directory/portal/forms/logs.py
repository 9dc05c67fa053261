"""The filters of the provisioning log, its tabs, and its export."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from audit.lists.periods import start_of_day
from controlhub.actions.saved_views import MAX_QUERY
from controlhub.models import Organization
from controlhub.portal.forms.fields import search_box, set_choices
from controlhub.portal.forms.filters import MAX_TEXT
from controlhub.text.readable import plain
from controlhub.user_lists.criteria import is_uuid
from directory.engine.control import LogFilter, outcomes
from directory.models import Application, Outcome, OutcomeAction, OutcomeStatus

TABS = {
    "steps": _("Steps"),
    "troubleshooting": _("Troubleshooting & Recommendations"),
    "modified": _("Modified properties"),
    "summary": _("Summary"),
}


def _day(label: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget, input_formats=["%Y-%m-%d"])


class LogFilterForm(forms.Form):
    """`q` is the start of an object's name, or an id: of the change, of its cycle, or of the object on either side."""

    q = forms.CharField(
        label=_("Search the provisioning logs"),
        required=False,
        max_length=MAX_TEXT,
        widget=search_box(_("Name, change ID, cycle ID or object ID")),
    )
    action = forms.ChoiceField(label=_("Action"), required=False, choices=[("", _("Any")), *OutcomeAction.choices])
    status = forms.ChoiceField(label=_("Status"), required=False, choices=[("", _("Any")), *OutcomeStatus.choices])
    application = forms.ChoiceField(label=_("Target system"), required=False)
    date_from = _day(_("From"))
    date_to = _day(_("To"))
    cycle = forms.UUIDField(label=_("Cycle ID"), required=False, widget=forms.HiddenInput)
    change = forms.UUIDField(label=_("Change ID"), required=False, widget=forms.HiddenInput)

    def __init__(self, query: Any, *, organization: Organization, application: Application | None = None) -> None:
        super().__init__(query)
        self.organization, self.of = organization, application
        if application is not None:
            del self.fields["application"]
            return
        names = Application.objects.in_organization(organization).order_by("name").values_list("pk", "name")
        set_choices(self, "application", [("", _("Any")), *((str(pk), plain(name)) for pk, name in names)])

    @property
    def is_filtered(self) -> bool:
        return any(self.data.get(name) for name in self.fields)

    def found(self) -> QuerySet[Outcome]:
        """The rows of the log, newest first; none if a filter is not valid."""
        if not self.is_valid():
            return Outcome.objects.none()
        values = self.cleaned_data
        text = values["q"].strip()
        identifier = UUID(text) if is_uuid(text) else None
        first, last = values["date_from"], values["date_to"]
        wanted = LogFilter(
            identity="" if identifier else text,
            action=values["action"],
            status=values["status"],
            cycle_id=values["cycle"],
            change_id=values["change"],
            since=start_of_day(first) if first else None,
            until=start_of_day(last + timedelta(days=1)) if last else None,
        )
        rows = outcomes(self.organization, application=self.of, wanted=wanted)
        if chosen := values.get("application"):
            rows = rows.filter(application=chosen)
        if identifier:
            ids = Q(pk=identifier) | Q(cycle_id=identifier) | Q(object_id=identifier) | Q(remote_id=text)
            rows = rows.filter(ids)
        return rows


class TabForm(forms.Form):
    """The tab of a row's page; the steps for an unknown tab."""

    tab = forms.ChoiceField(choices=list(TABS.items()), required=False)

    @property
    def chosen(self) -> str:
        return (self.cleaned_data.get("tab") if self.is_valid() else "") or "steps"


class LogExportForm(forms.Form):
    """The query string of the list whose rows are exported."""

    query = forms.CharField(required=False, max_length=MAX_QUERY * 2, widget=forms.HiddenInput)
