"""The rows of the log, grouped by day: the cells of each event, by column (docs/decisions/0059)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from audit.actor import ActorKind
from audit.models import AuditEvent
from audit.sentences import Described
from audit.vocabulary import Category, Result
from controlhub.portal.page_urls import urls_of
from controlhub.portal.tables import Table
from controlhub.templatetags.portal import exact, icon, initials, tone
from controlhub.text.readable import escaped

TONES = {
    Category.USER_MANAGEMENT: "cobalt",
    Category.GROUP_MANAGEMENT: "mint",
    Category.RESOURCE_MANAGEMENT: "gold",
    Category.PROVISIONING_MANAGEMENT: "orange",
    Category.ROLE_MANAGEMENT: "violet",
    Category.DIRECTORY_MANAGEMENT: "slate",
    Category.AUTHENTICATION: "pink",
}
_CATEGORIES = {category.value: category for category in Category}
BOTS = {
    ActorKind.CLIENT: "integrations-regular",
    ActorKind.SYSTEM: "recents-regular",
    ActorKind.COMMAND: "data-management-regular",
}
"""The icons of actors who are not people."""
METHODS = {
    "password": _lazy("Password"),
    "totp": _lazy("Authenticator app"),
    "webauthn": _lazy("Passkey"),
    "recovery_codes": _lazy("Recovery code"),
    "single sign-on": _lazy("Single sign-on"),
    "invitation": _lazy("Invitation"),
}
"""Labels for the sign-in methods in events."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day in the viewer's time zone, with the cells of each event by column key."""

    day: date
    moment: datetime
    rows: list[dict[str, SafeString]] = field(default_factory=list)


def days_of(events: Sequence[Described], table: Table) -> list[Day]:
    url = urls_of("event-detail")
    keys = [column.key for column in table.columns]
    days: list[Day] = []
    for one in events:
        local = localtime(one.event.created_at)
        if not days or days[-1].day != local.date():
            days.append(Day(local.date(), local))
        days[-1].rows.append({key: _CELLS[key](one, url(one.event.pk)) for key in keys})
    return days


def _time(one: Described, _url: str) -> SafeString:
    local = localtime(one.event.created_at)
    return format_html(
        '<time datetime="{}" title="{} UTC">{}</time>',
        *(local.isoformat(), exact(one.event.created_at), date_format(local, "H:i:s")),
    )


def _sentence(one: Described, url: str) -> SafeString:
    return format_html(
        '<div class="say">{}<a class="evlink cut" href="{}" hx-get="{}" hx-target="#drawer-body" hx-swap="innerHTML" '
        'title="{}">{}</a></div>',
        *(avatar(one), url, url, one.text, one.html),
    )


def avatar(one: Described) -> SafeString:
    """The initials of a person, or an icon."""
    bot = BOTS.get(ActorKind(one.event.actor_kind))
    if bot:
        return format_html('<span class="avatar avatar--sm avatar--bot" aria-hidden="true">{}</span>', icon(bot))
    name = one.origin.name
    return format_html(
        '<span class="avatar avatar--sm t-{}" aria-hidden="true">{}</span>', *(tone(name), initials(name))
    )


def _activity(one: Described, _url: str) -> SafeString:
    return format_html(
        '{}<span class="sub cat"><i class="cat__i t-{}" aria-hidden="true"></i>{}</span>',
        *(one.event.activity, *category_of(one.event)),
    )


def category_of(event: AuditEvent) -> tuple[str, str]:
    """The tone and the label of the event's category."""
    category = _CATEGORIES.get(event.category)
    return (TONES[category], str(category.label)) if category else ("slate", event.category)


def _status(one: Described, _url: str) -> SafeString:
    has_failed = one.event.result == Result.FAILURE
    css, label = (" is-fail", _("Failure")) if has_failed else ("", _("Success"))
    return format_html('<span class="status{}">{}</span>', css, label)


def _method(one: Described, _url: str) -> SafeString:
    """The sign-in method, or the reason for the failure."""
    method = one.event.details.get("method")
    if not isinstance(method, str) or one.event.result == Result.FAILURE:
        return _text(one.event.shown_reason)
    return _text(", ".join(str(METHODS.get(name, name)) for name in method.split(", ")))


def _text(text: object) -> SafeString:
    shown = escaped(text or "")
    return format_html('<span title="{}">{}</span>', shown, shown)


_CELLS = {
    "date": _time,
    "event": _sentence,
    "activity": _activity,
    "service": lambda one, _url: format_html("{}", one.event.service),
    "actor": lambda one, _url: _text(one.origin.name or one.event.actor_label),
    "target": lambda one, _url: _text(one.event.target_label),
    "method": _method,
    "address": lambda one, _url: format_html("{}", one.event.actor_address or ""),
    "request": lambda one, _url: _text(one.event.request_id),
    "status": _status,
}
