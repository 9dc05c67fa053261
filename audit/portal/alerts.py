"""Alerts on pages: ready-made ones, the form, and filters in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from audit.alerts.events import InvalidFilterError, kept_query
from audit.portal.facets import facets
from audit.portal.saved_views import EVENTS
from controlhub.actions.alerts import MOST_THRESHOLD, AlertSettings
from controlhub.models import Alert, AlertTrigger, Organization, SavedView, ViewPage
from controlhub.portal.access import PortalRequest
from controlhub.portal.forms.fields import PlainTextField, set_choices, text_box

MOST_VIEWS = 100
WINDOWS: Mapping[int, str | Promise] = {
    5: _("5 minutes"),
    10: _("10 minutes"),
    15: _("15 minutes"),
    30: _("30 minutes"),
    60: _("1 hour"),
    360: _("6 hours"),
    1_440: _("24 hours"),
    10_080: _("7 days"),
}
"""The labels by the number of minutes."""
DELETIONS = "activity=Disable+account&activity=Delete+user&activity=Hard+Delete+user"
FAILED_SIGN_INS = "tab=sign-ins&status=failure"
NEW_ADDRESSES = "activity=Use+token+from+new+address"


@dataclass(frozen=True, slots=True)
class ReadyAlert:
    """A ready-made alert: initial values for the form of a new alert."""

    key: str
    name: str | Promise
    text: str | Promise
    trigger: AlertTrigger
    threshold: int
    minutes: int
    query: str = ""


READY = (
    ReadyAlert(
        "deletions",
        _("Spike in deletions"),
        _("25 people disabled or deleted within 1 hour"),
        AlertTrigger.EVENTS,
        25,
        60,
        DELETIONS,
    ),
    ReadyAlert(
        "sign-ins",
        _("Failed sign-ins"),
        _("20 failed sign-ins within 10 minutes"),
        AlertTrigger.EVENTS,
        20,
        10,
        FAILED_SIGN_INS,
    ),
    ReadyAlert(
        "full-admin",
        _("New full administrator"),
        _("A person or group is assigned the role, or a member is added to a group that has it"),
        AlertTrigger.FULL_ADMIN,
        1,
        60,
    ),
    ReadyAlert(
        "token-address",
        _("Token from a new address"),
        _("An access token is used from an address that it was not used from in the last 30 days"),
        AlertTrigger.EVENTS,
        1,
        60,
        NEW_ADDRESSES,
    ),
    ReadyAlert(
        "verification",
        _("Verification failed"),
        _("The audit log was altered, or cannot be sealed"),
        AlertTrigger.VERIFICATION,
        1,
        1_440,
    ),
    ReadyAlert(
        "stream",
        _("Stream stalled"),
        _("Events have been waiting for a receiver for 15 minutes"),
        AlertTrigger.STREAM,
        1,
        15,
    ),
)


class AlertForm(forms.Form):
    name = PlainTextField(label=_("Name"), max_length=60, widget=text_box())
    trigger = forms.ChoiceField(label=_("Trigger"), choices=AlertTrigger.choices)
    query = forms.ChoiceField(
        label=_("Saved view"),
        required=False,
        help_text=_("For events of the audit log. The filters of the view are copied, without its dates."),
    )
    threshold = forms.IntegerField(
        label=_("Threshold"),
        min_value=1,
        max_value=MOST_THRESHOLD,
        help_text=_("Number of events, or number of waiting events for a stream."),
    )
    window = forms.TypedChoiceField(
        label=_("Time window"),
        coerce=int,
        choices=[(str(minutes), label) for minutes, label in WINDOWS.items()],
        help_text=_("This is also the minimum time between two alerts."),
    )
    emails = PlainTextField(
        label=_("Notify by email"),
        required=False,
        max_length=2_000,
        widget=text_box(),
        help_text=_("Addresses, separated by commas."),
    )
    url = PlainTextField(
        label=_("Notify by webhook"),
        required=False,
        max_length=2_000,
        widget=text_box(),
        help_text=_("https:// on port 443. Requests are signed with a secret that you see after saving."),
    )

    def __init__(self, request: PortalRequest, *args: Any, kept: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "query", choices_of(request, kept))

    @property
    def settings(self) -> AlertSettings:
        values = self.cleaned_data
        return AlertSettings(
            values["name"],
            AlertTrigger(values["trigger"]),
            values["query"],
            values["threshold"],
            timedelta(minutes=values["window"]),
            tuple(text.strip() for text in values["emails"].split(",") if text.strip()),
            values["url"],
        )


def initial_of(alert: Alert) -> dict[str, Any]:
    return {
        "name": alert.name,
        "trigger": alert.trigger,
        "query": alert.query,
        "threshold": alert.threshold,
        "window": int(alert.window.total_seconds()) // 60,
        "emails": ", ".join(alert.emails),
        "url": alert.url,
    }


def initial_of_ready(key: str, email: str) -> dict[str, Any]:
    """The initial values of the form: those of a ready-made alert, or only defaults for an unknown key."""
    ready = next((ready for ready in READY if ready.key == key), None)
    usual: dict[str, Any] = {"threshold": 1, "window": 60, "emails": email if "@" in email else ""}
    if ready is None:
        return usual
    return {
        **usual,
        "name": ready.name,
        "trigger": ready.trigger.value,
        "query": ready.query,
        "threshold": ready.threshold,
        "window": ready.minutes,
    }


def choices_of(request: PortalRequest, kept: str = "") -> list[tuple[str, str]]:
    """The filters of views, with their names. `kept` is a filter that is always offered.

    Views with a search are left out, because alerts do not have one.
    """
    found: dict[str, str] = {"": gettext("Every event")}
    for ready in READY:
        if ready.query:
            found[ready.query] = str(ready.name)
    for view in EVENTS.ready:
        found.setdefault(kept_query(view.query), str(view.name))
    views = SavedView.objects.in_organization(request.organization).of_page(ViewPage.AUDIT)
    for saved in views.visible_to(request.account.user_id).order_by("name", "pk")[:MOST_VIEWS]:
        if (query := _usable(saved.query)) is not None:
            found.setdefault(query, saved.name)
    if kept and kept not in found:
        found[kept] = in_words(request.organization, kept)[:200]
    return list(found.items())


def _usable(query: str) -> str | None:
    if QueryDict(query).get("q", "").strip():
        return None
    try:
        return kept_query(query)
    except InvalidFilterError:
        return None


def in_words(organization: Organization, query: str) -> str:
    """The filters as one line: "Activity: Delete user, Disable account. Status: not Success"."""
    given = QueryDict(query)
    parts = []
    tabs = {"provisioning": gettext("Provisioning"), "sign-ins": gettext("Sign-ins")}
    if tab := tabs.get(given.get("tab", "")):
        parts.append(tab)
    for facet in facets(given, organization, {}):
        chosen = [choice.label for _heading, choices in facet.groups for choice in choices if choice.is_chosen]
        if names := ", ".join(dict.fromkeys(chosen or [text for text in facet.texts if text])):
            words = gettext("not {names}").format(names=names) if facet.is_negated else names
            parts.append(f"{facet.label}: {words}")
    return ". ".join(parts) or gettext("Every event")


def window_in_words(alert: Alert) -> str:
    minutes = int(alert.window.total_seconds()) // 60
    return str(WINDOWS.get(minutes) or ngettext("{n} minute", "{n} minutes", minutes).format(n=minutes))


def rule_in_words(alert: Alert) -> str:
    """When an alert fires, as a sentence without a full stop."""
    time = window_in_words(alert)
    if alert.trigger == AlertTrigger.VERIFICATION:
        return gettext("Each time, at most once within {time}").format(time=time)
    if alert.trigger == AlertTrigger.STREAM:
        text = ngettext(
            "{number} event has been waiting for {time}",
            "{number} events have been waiting for {time}",
            alert.threshold,
        )
    elif alert.threshold == 1:
        return gettext("Any event, at most one alert within {time}").format(time=time)
    else:
        text = ngettext("{number} event within {time}", "{number} events within {time}", alert.threshold)
    return text.format(number=number_format(alert.threshold, use_l10n=True, force_grouping=True), time=time)


def receivers_in_words(emails: Sequence[str], url: str) -> str:
    parts = []
    if emails:
        parts.append(ngettext("{number} address", "{number} addresses", len(emails)).format(number=len(emails)))
    if url:
        parts.append(gettext("webhook"))
    return ", ".join(parts)
