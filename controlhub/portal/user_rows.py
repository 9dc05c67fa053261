"""The rows of the list of users: the cells of each user, by column.

A page has hundreds of cells, and Django's templates would take ten times as long for them (docs/decisions/0059).
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from uuid import UUID

from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from controlhub.database.clock import days_until
from controlhub.models import User
from controlhub.models.origins import shown_label
from controlhub.portal.page_urls import urls_of
from controlhub.portal.tables import Table
from controlhub.sql.user_lists import first_groups
from controlhub.templatetags.portal import ago, days_left, exact, icon, initials, tone
from controlhub.text.readable import escaped, plain

SHOWN_GROUPS = 2
SOON_DAYS = 3
"""Permanent deletions within this many days are highlighted."""
Groups = tuple[int, list[str]]
"""The number of a user's groups, and the names of the first ones."""


class UserRows:
    """The rows of one page. What they have in common is looked up once."""

    def __init__(self, users: Sequence[User], table: Table) -> None:
        self._users = users
        self._url, self._actions_url = urls_of("user-detail"), urls_of("user-actions")
        self._select, self._actions = _("Select {name}"), _("Actions for {name}")
        self._more = icon("more-bold")
        self._no_role = format_html('<span class="muted" aria-label="{}">&ndash;</span>', _("No role"))
        self._names = {user.pk: user.display_label for user in users}
        self._groups = _groups_of(users) if any(column.key == "groups" for column in table.columns) else {}
        self._status = cache(_status)
        cells = self._cells()
        self._shown = [(column.key, cells[column.key]) for column in table.columns]

    def rows(self) -> list[dict[str, SafeString]]:
        """The contents of each user's cells, by the keys of the table's columns."""
        return [{key: cell(user) for key, cell in self._shown} for user in self._users]

    def _cells(self) -> Mapping[str, Callable[[User], SafeString]]:
        return {
            "select": self._check_box,
            "name": self._name,
            "email": _email,
            "status": lambda user: self._status(user.status, user.status_label),
            "role": lambda user: format_html("{}", user.role_label) if user.portal_role else self._no_role,
            "groups": lambda user: _chips(*self._groups.get(user.pk, (0, []))),
            "source": _source,
            "since": lambda user: ago(user.deactivated_at),
            "created": lambda user: ago(user.created_at),
            "deletion": _deletion,
            "actions": self._menu,
        }

    def _check_box(self, user: User) -> SafeString:
        return format_html(
            '<input class="check" type="checkbox" name="ids" value="{}" aria-label="{}">',
            user.pk,
            self._select.format(name=self._names[user.pk]),
        )

    def _menu(self, user: User) -> SafeString:
        """A link to the page of actions, which a script opens as a menu."""
        return format_html(
            '<a class="btn btn--ghost btn--icon btn--sm" href="{0}" hx-get="{0}" hx-target="#row-menu" '
            'aria-label="{1}">{2}</a>',
            self._actions_url(user.pk),
            self._actions.format(name=self._names[user.pk]),
            self._more,
        )

    def _name(self, user: User) -> SafeString:
        name, title = self._names[user.pk], plain(_text(user.document.get("title")))
        return format_html(
            '<div class="who"><span class="avatar t-{}" aria-hidden="true">{}</span>'
            '<div><a class="cut" href="{}" title="{}">{}</a>{}</div></div>',
            *(tone(name), initials(name), self._url(user.pk), name, name),
            format_html('<span class="sub cut">{}</span>', title) if title else "",
        )


def _email(user: User) -> SafeString:
    name, address = escaped(user.shown_user_name), escaped(_primary_email(user))
    second = format_html('<span class="sub cut" title="{}">{}</span>', address, address) if address else ""
    return format_html('<span class="cut" title="{}">{}</span>{}', name, name, second)


def _status(status: str, label: str) -> SafeString:
    return render_to_string("components/_status.html", {"person": {"status": status, "status_label": label}})


def _chips(number: int, names: Sequence[str]) -> SafeString:
    pattern = '<span class="chip cut" title="{}">{}</span>'
    chips = format_html_join("", pattern, ((escaped(name), plain(name)) for name in names))
    others = number - len(names)
    more = format_html('<span class="chip chip--n">+{}</span>', others) if others else ""
    return format_html('<span class="chips">{}{}</span>', chips, more)


def _source(user: User) -> SafeString:
    """The connection that owns the user, or how the user was added; and the last change."""
    label = user.connection.name if user.connection else shown_label(user.source_label) or user.get_source_display()
    return format_html(
        '<span class="src">{}<span class="cut"><span title="{}">{}</span><span class="sub cut">{}</span></span></span>',
        icon("cloud-regular" if user.connection else "company-regular"),
        *(escaped(label), plain(label), ago(user.modified_at)),
    )


def _deletion(user: User) -> SafeString:
    if user.purge_at:
        local = localtime(user.purge_at)
        return format_html(
            '<span{}><time datetime="{}" title="{} UTC">{}</time><span class="sub">{}</span></span>',
            SafeString(' class="soon"') if days_until(user.purge_at) <= SOON_DAYS else "",
            *(local.isoformat(), exact(user.purge_at), date_format(local, "SHORT_DATE_FORMAT")),
            _("%(time)s left") % {"time": days_left(user.purge_at)},
        )
    if user.active:
        return SafeString()
    return format_html('<span class="muted" title="{}">{}</span>', escaped(user.kept_because), _("Kept"))


def _groups_of(users: Sequence[User]) -> dict[UUID, Groups]:
    """The groups of these users, in one statement."""
    found: dict[UUID, Groups] = {}
    for user, number, _group, name in first_groups([user.pk for user in users], SHOWN_GROUPS):
        found.setdefault(user, (number, []))[1].append(name)
    return found


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _primary_email(user: User) -> str:
    """The primary e-mail address; "" if it is the userName."""
    emails = [email for email in user.document.get("emails", []) if isinstance(email, dict)]
    emails.sort(key=lambda email: email.get("primary") is not True)
    address = _text(emails[0].get("value")) if emails else ""
    return "" if address.lower() == user.shown_user_name.lower() else address
