"""The filters of the log as chips: their choices, the chosen values, and the URL without the filter."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from audit.lists.activities import activities_of_tab
from audit.lists.criteria import FILTERS, MAX_TEXT, Errors
from audit.lists.periods import LAST, first_moment, is_day
from audit.portal.forms import PLACES
from audit.vocabulary import Category, Result, Service
from controlhub.models import Connection, Organization
from controlhub.text.readable import escaped, plain

LABELS = {
    "service": _("Service"),
    "category": _("Category"),
    "activity": _("Activity"),
    "status": _("Status"),
    "initiated_by": _("Initiated by"),
    "target": _("Target"),
    "connection": _("Connection"),
    "address": _("IP address"),
    "request": _("Request ID"),
    "parent": _("Part of"),
}
HINTS = {
    "initiated_by": _("Name, email or ID"),
    "target": _("Name, email or ID"),
    "address": _("For example 192.0.2.7"),
    "request": _("Request ID"),
    "parent": _("Event ID"),
}
LINKED = ("parent",)
"""Filters that only links set. They are shown only when used."""
MOST_CONNECTIONS = 100


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """A filter. `groups` are its choices by heading; without choices, it has input fields for `texts` and an empty one.

    `shown` describes the chosen values, "" if there are none; `cleared` is the URL without the filter.
    """

    name: str
    label: str | Promise
    shown: str
    cleared: str
    error: str = ""
    is_negated: bool = False
    groups: Sequence[tuple[str, Sequence[Choice]]] = ()
    texts: Sequence[str] = ()
    hint: str | Promise = ""
    dates: Sequence[str] = field(default_factory=list)

    @property
    def takes_not(self) -> bool:
        return self.name != "date"


def facets(query: QueryDict, organization: Organization, errors: Errors) -> list[Facet]:
    """The filters in order, starting with the date filter."""
    offered = _offered(query, organization)
    shown = [name for name in FILTERS if name not in LINKED or query.get(name)]
    return [_date(query, errors), *(_facet(query, name, offered.get(name), errors) for name in shown)]


def changed(query: QueryDict, **values: str) -> str:
    """The query with these values changed, starting at the newest event. Empty values are removed."""
    copy = query.copy()
    for name in (*PLACES, *values):
        copy.pop(name, None)
    copy.update({name: value for name, value in values.items() if value})
    return f"?{copy.urlencode()}"


def without(query: QueryDict, name: str) -> str:
    """The query without a filter and its `not`."""
    copy = query.copy()
    rest = [other for other in copy.getlist("not") if other != name]
    copy.setlist("not", rest)
    return changed(copy, **{name: ""})


def _offered(query: QueryDict, organization: Organization) -> dict[str, list[tuple[str, list[tuple[str, str]]]]]:
    connections = Connection.objects.in_organization(organization).order_by("name").values_list("pk", "name")
    activities = activities_of_tab(query.get("tab", ""))
    return {
        "service": [("", [(name.value, name.value) for name in Service])],
        "category": [("", [(name.value, str(name.label)) for name in Category])],
        "activity": [(heading, [(name, name) for name in names]) for heading, names in activities],
        "status": [("", [(result.value, str(result.label)) for result in Result])],
        "connection": [("", [(str(pk), plain(name)) for pk, name in connections[:MOST_CONNECTIONS]])],
    }


def _facet(
    query: QueryDict, name: str, offered: list[tuple[str, list[tuple[str, str]]]] | None, errors: Errors
) -> Facet:
    chosen = [text for text in query.getlist(name) if text.strip()]
    groups = [
        (heading, [Choice(value, label, value in chosen) for value, label in choices])
        for heading, choices in offered or []
    ]
    labels = {choice.value: choice.label for _heading, choices in groups for choice in choices}
    return Facet(
        name,
        LABELS[name],
        _shown([labels.get(text, escaped(text)) for text in chosen]),
        without(query, name),
        errors.get(name, ""),
        name in query.getlist("not"),
        groups,
        () if offered is not None else [*chosen, ""],
        HINTS.get(name, ""),
    )


def _shown(names: Sequence[str]) -> str:
    if len(names) <= 1:
        return "".join(names)[:40]
    return ngettext("{number} selected", "{number} selected", len(names)).format(number=len(names))


def _date(query: QueryDict, errors: Errors) -> Facet:
    last, since, until = (query.get(name, "") for name in ("date", "date_from", "date_to"))
    choices = [Choice(value, str(label), value == last) for value, (label, _length) in LAST.items()]
    shown = next((choice.label for choice in choices if choice.is_chosen), _dates(since, until))
    error = next((errors[name] for name in ("date", "date_from", "date_to") if name in errors), "")
    cleared = changed(query, date="", date_from="", date_to="")
    return Facet("date", _("Date"), shown, cleared, error, groups=[("", choices)], dates=[since, until])


def _dates(since: str, until: str) -> str:
    since, until = _readable(since), _readable(until)
    if since and until:
        return since if since == until else gettext("{since} to {until}").format(since=since, until=until)
    if since:
        return gettext("from {since}").format(since=since)
    return gettext("until {until}").format(until=until) if until else ""


def _readable(text: str) -> str:
    """A date or time in the viewer's format; other text as it is."""
    try:
        moment = localtime(first_moment(text))
    except (ValueError, OverflowError):
        return escaped(text)[:MAX_TEXT]
    return date_format(moment, "DATE_FORMAT" if is_day(text) else "SHORT_DATETIME_FORMAT")


def is_filtered(query: QueryDict, names: Iterable[str]) -> bool:
    return any(query.get(name) for name in names)
