"""Decisions that wait for the administrator, each with its page."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controlhub.models import AccessToken, OutgoingMail, Permission, ScheduledJob, TokenKind
from controlhub.portal.access import PortalRequest
from controlhub.sql.kept_queries import KeptQuery
from controlhub.text.readable import plain

SOON = timedelta(days=30)
MOST = 10
"""At most this many decisions of one kind are named."""


@dataclass(frozen=True, slots=True)
class Decision:
    """`tone` is `warn`, `bad` or `info`; `button` is the text of the link to `url`."""

    icon: str
    tone: str
    title: str
    detail: str
    url: str
    button: str


def decisions(request: PortalRequest) -> list[Decision]:
    """Most important first; only decisions that the administrator's role can make."""
    found: list[Decision] = []
    if Permission.PURGE_USERS in request.permissions:
        found += [*_purge(request), *_review(request)]
    if Permission.MANAGE_PROVISIONING in request.permissions:
        found += _tokens(request)
    if Permission.VIEW_JOBS in request.permissions:
        found += [*_mails(request), *_jobs()]
    return found


def _purge(request: PortalRequest) -> Iterator[Decision]:
    due = request.notices.due
    if not request.notices.purge or due is None:
        return
    title = ngettext(
        "{due} user is due for permanent deletion", "{due} users are due for permanent deletion", due
    ).format(due=due)
    detail = _("That is above the daily limit. No user is deleted until you decide.")
    if request.notices.purge == "held":
        detail = _("The deletion is on hold.")
    yield Decision("delete-regular", "warn", title, detail, reverse("purge-list"), _("Review"))


def _review(request: PortalRequest) -> Iterator[Decision]:
    number = request.notices.review
    if number:
        title = ngettext(
            "{number} user became Inactive during a spike in deactivations",
            "{number} users became Inactive during a spike in deactivations",
            number,
        ).format(number=number)
        detail = _("They are not permanently deleted until you confirm the deactivations.")
        yield Decision("user-deactivate-regular", "warn", title, detail, reverse("user-review"), _("Review"))


def _tokens(request: PortalRequest) -> Iterator[Decision]:
    for token in _ENDING.rows(organization=request.organization.pk):
        when = date_format(localtime(token.expires_at), "DATETIME_FORMAT")
        title = _("The token {name} expires soon").format(name=plain(token.name))
        detail = _("It expires on {when}. After that, requests with it are refused.").format(when=when)
        yield Decision("secure-lock-regular", "warn", title, detail, reverse("provisioning"), _("Issue token"))


def _mails(request: PortalRequest) -> Iterator[Decision]:
    number = len(_FAILED.tuples(organization=request.organization.pk))
    if number:
        title = ngettext("{number} message could not be sent", "{number} messages could not be sent", number)
        if number == MOST:
            title = _("{number} or more messages could not be sent")
        detail = _("The page shows the address and error of each message.")
        url = reverse("job-list")
        yield Decision("email-failure-regular", "info", title.format(number=number), detail, url, _("Open"))


def _jobs() -> Iterator[Decision]:
    late = [job.name for job in ScheduledJob.objects.scheduled() if job.is_overdue]
    if late:
        title = ngettext("{number} job is overdue", "{number} jobs are overdue", len(late)).format(number=len(late))
        detail = _("The worker may have stopped.")
        yield Decision("recents-regular", "bad", title, detail, reverse("job-list"), _("Open"))


def _ending(organization: Any) -> QuerySet[AccessToken]:
    live = AccessToken.objects.in_organization(organization).live().filter(kind=TokenKind.STATIC)
    return live.filter(connection__isnull=False, expires_at__lt=Now() + SOON).order_by("expires_at", "pk")[:MOST]


def _failed(organization: Any) -> QuerySet[OutgoingMail, Any]:
    mails = OutgoingMail.objects.in_organization(organization).exclude(error="").filter(sent_at=None)
    return mails.values_list("pk")[:MOST]


_ENDING = KeptQuery(_ending, "organization")
_FAILED = KeptQuery(_failed, "organization")
