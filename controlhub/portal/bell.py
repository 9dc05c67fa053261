"""The bell in the header: the administrator's current jobs, and decisions that wait for the administrator."""

from dataclasses import dataclass
from typing import Any, cast

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controlhub.models import Job
from controlhub.portal.access import PortalRequest
from controlhub.portal.overview.decisions import Decision, decisions
from controlhub.portal.shown_jobs import Shown, shown
from controlhub.sql.kept_queries import KeptQuery

COUNTED = 20
"""At most this many jobs are counted."""
LISTED = 5
"""At most this many jobs, and decisions, are named."""


@dataclass(frozen=True, slots=True)
class Bell:
    """`jobs` are those that are not finished and those that finished a few minutes ago, newest first."""

    jobs: list[Shown]
    decisions: list[Decision]

    @property
    def count(self) -> int:
        return len(self.jobs) + len(self.decisions)

    @property
    def unfinished(self) -> int:
        return sum(not one.job.is_finished for one in self.jobs)

    @property
    def listed_jobs(self) -> list[Shown]:
        return self.jobs[:LISTED]

    @property
    def listed_decisions(self) -> list[Decision]:
        return self.decisions[:LISTED]

    @property
    def more_decisions(self) -> int:
        return max(0, len(self.decisions) - LISTED)

    @property
    def text(self) -> str:
        """The numbers in words, for screen readers."""
        finished = len(self.jobs) - self.unfinished
        waiting = len(self.decisions)
        texts = (
            (self.unfinished, ngettext("{number} job not finished", "{number} jobs not finished", self.unfinished)),
            (finished, ngettext("{number} job finished", "{number} jobs finished", finished)),
            (waiting, ngettext("{number} decision", "{number} decisions", waiting)),
        )
        return ", ".join(text.format(number=number) for number, text in texts if number) or _("nothing new")


def bell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the bell is loaded once per request, when a page of a signed-in administrator shows it."""
    if not hasattr(request, "permissions"):
        return {}
    return {"bell": SimpleLazyObject(lambda: _bell_of(cast("PortalRequest", request)))}


def _bell_of(request: PortalRequest) -> Bell:
    jobs = _RECENT.rows(organization=request.organization.pk, user=request.account.user_id)
    return Bell([shown(job) for job in jobs], decisions(request))


def _recent(organization: Any, user: Any) -> QuerySet[Job]:
    own = Job.objects.in_organization(organization).started_by_user(user)
    return own.recent().order_by("-pk")[:COUNTED]


_RECENT = KeptQuery(_recent, "organization", "user")
