"""The criteria of a list of events: its tab, search and filters, as in the query string of the page and the API.

A parameter that is not valid is an error on its field and is never ignored: the unfiltered result would look like the
requested one.
"""

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from audit.lists.activities import ACTIVITIES, TABS
from audit.lists.periods import ALWAYS, LAST, Period, first_moment, moment_after
from audit.vocabulary import Category, Result, Service
from controlhub.database.clock import machine_now

MAX_TEXT = 200
MOST_VALUES = 20
FILTERS = (
    "service",
    "category",
    "activity",
    "status",
    "initiated_by",
    "target",
    "connection",
    "address",
    "request",
    "parent",
)
"""The filters that take several values and `not`."""
DATES = ("date", "date_from", "date_to")
KEPT = ("tab", "q", *DATES, *FILTERS, "not")
"""The parameters that select events. Saved views and exports keep them."""
Errors = dict[str, str]
_CHOICES: Mapping[str, frozenset[str]] = {
    "service": frozenset(Service),
    "category": frozenset(Category),
    "activity": frozenset(ACTIVITIES),
    "status": frozenset(Result),
}
_NO_CHOICE = _("Select one of the available choices.")


class InvalidFilterError(ValueError):
    """Filter values that are not valid. `errors` has the message for administrators by the name of the filter."""

    def __init__(self, errors: Errors) -> None:
        super().__init__("; ".join(f"{name}: {message}" for name, message in errors.items()))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Criteria:
    """Criteria for events. `values` has the values of each filter, `negated` the filters with `not`."""

    tab: str = ""
    q: str = ""
    period: Period = ALWAYS
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    negated: frozenset[str] = frozenset()

    @classmethod
    def read(cls, query: str | QueryDict, *, also: tuple[str, ...] = ()) -> "Criteria":
        """The criteria in a query string. Raises InvalidFilterError. `also` lists other allowed parameters."""
        given = QueryDict(query) if isinstance(query, str) else query
        errors = _unknown(given, (*KEPT, *also))
        period = _period(given, errors)
        values = {name: found for name in FILTERS if (found := _values(given, name, errors))}
        negated = frozenset(given.getlist("not"))
        if wrong := negated - values.keys():
            errors["not"] = _not_without_value(wrong)
        criteria = cls(_tab(given, errors), _text(given, "q", errors), period, values, negated)
        if errors:
            raise InvalidFilterError(errors)
        return criteria

    def wanted(self, name: str) -> tuple[str, ...]:
        """The values that events must have one of; () if the filter is not given or is negated."""
        return () if name in self.negated else self.values.get(name, ())

    def unwanted(self, name: str) -> tuple[str, ...]:
        """The values that events must not have."""
        return self.values.get(name, ()) if name in self.negated else ()

    def within(self, period: Period) -> "Criteria":
        return replace(self, period=period)

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the tab restricts the events."""
        return bool(self.q or self.values or self.period != ALWAYS)


def _unknown(given: QueryDict, known: tuple[str, ...]) -> Errors:
    return {name[:MAX_TEXT]: gettext("There is no filter with this name.") for name in given if name not in known}


def _tab(given: QueryDict, errors: Errors) -> str:
    tab: str = given.get("tab", "")
    if tab not in TABS:
        errors["tab"] = gettext("There is no list with this name.")
    return tab


def _text(given: QueryDict, name: str, errors: Errors) -> str:
    text: str = given.get(name, "").strip()
    if not _is_readable(text):
        errors[name] = gettext("Enter at most 200 characters, without control characters.")
    return text


def _is_readable(text: str) -> bool:
    return "\0" not in text and len(text) <= MAX_TEXT


def _values(given: QueryDict, name: str, errors: Errors) -> tuple[str, ...]:
    """The distinct values of a filter. Empty values come from empty input fields and are ignored."""
    found = tuple(dict.fromkeys(text.strip() for text in given.getlist(name) if text.strip()))
    if len(found) > MOST_VALUES:
        errors[name] = ngettext("Use at most {number} value.", "Use at most {number} values.", MOST_VALUES).format(
            number=MOST_VALUES
        )
    for text in found:
        if message := _problem(name, text):
            errors[name] = str(message)
    if name == "address" and name not in errors:
        return tuple(str(ipaddress.ip_address(text)) for text in found)
    return found


def _problem(name: str, text: str) -> str | Promise:
    """The error message for a value; "" if it is valid."""
    if not _is_readable(text):
        return _("Enter at most 200 characters, without control characters.")
    if name in _CHOICES:
        return "" if text in _CHOICES[name] else _NO_CHOICE
    if name in {"connection", "parent"}:
        return "" if _is_read(UUID, text) else _NO_CHOICE
    if name == "address":
        return "" if _is_read(ipaddress.ip_address, text) else _("Enter an IP address, for example 192.0.2.7.")
    return ""


def _is_read(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True


def _period(given: QueryDict, errors: Errors) -> Period:
    """Dates take precedence over a relative period, because the filter shows the dates if both are given."""
    last = given.get("date", "")
    if last and last not in LAST:
        errors["date"] = str(_NO_CHOICE)
    since, until = _moment(given, "date_from", errors), _moment(given, "date_to", errors)
    if since and until and since >= until:
        errors["date_to"] = gettext("The end is before the start.")
    if last in LAST and not (since or until):
        return Period(machine_now() - LAST[last][1])
    return Period(since, until)


def _moment(given: QueryDict, name: str, errors: Errors) -> datetime | None:
    text = given.get(name, "").strip()
    if not text:
        return None
    try:
        return first_moment(text) if name == "date_from" else moment_after(text)
    except (ValueError, OverflowError):
        errors[name] = gettext("Enter a date, for example 2026-11-26.")
        return None


def _not_without_value(names: frozenset[str]) -> str:
    if names & set(FILTERS):
        return gettext("Choose a value to exclude.")
    return gettext("There is no filter with this name.")
