"""Template tags and filters of the portal."""

import json
import uuid
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django import template
from django.http import QueryDict
from django.templatetags.static import static
from django.utils.dates import MONTHS
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext, ngettext

from controlhub import public_urls
from controlhub.database.clock import days_until, machine_now
from controlhub.models.origins import shown_label
from controlhub.text import hyphens
from controlhub.text.marks import marked
from controlhub.text.readable import escaped, plain

register = template.Library()
TONES = ("cobalt", "violet", "mint", "orange", "purple", "slate", "cyan", "pink", "gold", "lime")


@register.simple_tag
def icon(name: str, size: str = "", label: str = "") -> SafeString:
    """Renders an icon of the sprite. It is decorative unless a label is given."""
    if not label:
        return _decorative(name, size)
    css = f"icon icon--{size}" if size else "icon"
    address = f"{static('img/icons.svg')}#{name}"
    return format_html('<svg class="{}" role="img" aria-label="{}"><use href="{}"/></svg>', css, label, address)


@cache
def _decorative(name: str, size: str) -> SafeString:
    """Renders a decorative icon. Cached: a page has a hundred icons, and the sprite's URL is fixed per release."""
    css = f"icon icon--{size}" if size else "icon"
    address = f"{static('img/icons.svg')}#{name}"
    return format_html('<svg class="{}" aria-hidden="true" focusable="false"><use href="{}"/></svg>', css, address)


@register.filter
def tone(name: object) -> str:
    """The colour of an avatar, which is always the same for a name."""
    return TONES[sum(map(ord, str(name))) % len(TONES)]


@register.filter
def initials(name: object) -> str:
    words = [word for word in str(name).replace("-", " ").split() if word[:1].isalpha()]
    return (words[0][:1] + (words[-1][:1] if len(words) > 1 else "")).upper() if words else "?"


@register.filter
def days_left(moment: datetime) -> str:
    days = days_until(moment)
    return ngettext("{number} day", "{number} days", days).format(number=days)


@register.filter
def days_number(moment: datetime) -> int:
    """The number of days of `days_left`, for a bar."""
    return days_until(moment)


@register.filter
def hyphenated(text: object) -> str:
    """For places with little room: see `controlhub.text.hyphens`."""
    return hyphens.hyphenated(str(text))


@register.filter(name="plain")
def plain_filter(value: object) -> str:
    """For headings, messages and mails: see `controlhub.text.readable`."""
    return plain(value)


@register.filter
def actor(label: str) -> str:
    """The stored label of an actor, in the reader's language."""
    return shown_label(label)


@register.filter(name="escaped")
def escaped_filter(value: object) -> str:
    """For places where the stored value itself matters: see `controlhub.text.readable`."""
    return escaped(value)


@register.filter
def softbreak(text: object) -> SafeString:
    """Lets a long address wrap after "@" rather than inside a word. Unreadable characters are escaped."""
    first, *rest = escaped(text).split("@")
    return format_html("{}{}", first, format_html_join("", "@<wbr>{}", ((part,) for part in rest)))


@register.filter(name="marked")
def marked_filter(text: object, words: object) -> SafeString:
    """The text with the words of a search marked."""
    return marked(str(text), str(words))


@register.filter
def titled(text: object) -> SafeString | str:
    """A choice with an explanation: its first sentence is the title, without the full stop."""
    title, _, rest = str(text).partition(". ")
    return format_html('<b>{}</b> <span class="sub">{}</span>', title, rest) if rest else title


@register.filter
def short_id(identifier: object) -> str:
    """The start and end of a UUID, which distinguish it where there is no room for all of it."""
    text = str(identifier)
    return f"{text[:8]}…{text[-4:]}"


@register.simple_tag
def tenant_url(organization_id: uuid.UUID) -> str:
    """The SCIM base URL of an organization."""
    return public_urls.tenant_url(organization_id)


@register.filter
def relative(moment: datetime | None) -> str:
    """A time in words if it was within the last day, otherwise its date. Clocks may differ by a minute."""
    if moment is None:
        return ""
    minutes = int((machine_now() - moment).total_seconds() // 60)
    if -1 <= minutes < 1:
        return gettext("Just now")
    if 1 <= minutes < 60:
        return ngettext("%(number)d min ago", "%(number)d min ago", minutes) % {"number": minutes}
    if 60 <= minutes < 24 * 60:
        return ngettext("%(number)d hour ago", "%(number)d hours ago", minutes // 60) % {"number": minutes // 60}
    return date_format(localtime(moment), "SHORT_DATE_FORMAT")


@register.simple_tag
def ago(moment: datetime | None) -> SafeString:
    """A time in words if it was within the last day, otherwise its date. The title has the exact time."""
    if moment is None:
        return SafeString()
    pattern = '<time datetime="{}" title="{} UTC">{}</time>'
    return format_html(pattern, localtime(moment).isoformat(), exact(moment), relative(moment))


def exact(moment: datetime) -> str:
    """The time in UTC in DATETIME_FORMAT, but faster, for pages with many times."""
    utc = moment.astimezone(UTC)
    words = {"day": utc.day, "month": MONTHS[utc.month], "year": utc.year, "time": f"{utc:%H:%M}"}
    return gettext("{day} {month} {year}, {time}").format(**words)


@register.simple_tag
def form_id() -> SafeString:
    """A hidden field that ensures that a form is processed only once (controlhub.portal.once)."""
    return format_html('<input type="hidden" name="form_id" value="{}">', uuid.uuid4())


@register.simple_tag
def htmx_config() -> str:
    """Strict htmx: no evaluated code, no history copies, and a refused form (422) replaces the form."""
    return json.dumps(
        {
            "includeIndicatorStyles": False,
            "allowEval": False,
            "allowScriptTags": False,
            "selfRequestsOnly": True,
            "historyCacheSize": 0,
            "responseHandling": [
                {"code": "204", "swap": False},
                {"code": "[23]..", "swap": True},
                {"code": "422", "swap": True},
                {"code": "[45]..", "swap": False, "error": True},
            ],
        }
    )


@register.simple_tag(takes_context=True)
def sort_url(context: dict[str, Any], order: str) -> str:
    """This page's URL, sorted by another column, from the first page on."""
    return _changed(context, sort=order, page="", before="", after="")


def _changed(context: dict[str, Any], **values: str) -> str:
    """This page's query with other values. Empty values are left out."""
    query: QueryDict = context["request"].GET.copy()
    for name, value in values.items():
        query.pop(name, None)
        if value:
            query[name] = value
    return f"?{query.urlencode()}"
