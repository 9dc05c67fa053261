"""A job that a person started, as pages show it."""

from dataclasses import dataclass
from datetime import timedelta

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from controlhub.actions import jobs
from controlhub.models import Job, JobState

STATUS_CSS = {JobState.FAILED: "is-fail", JobState.PAUSED: "is-warn", JobState.CANCELLED: "is-inactive"}
STATES: dict[str, str | Promise] = {
    JobState.QUEUED: _("Queued"),
    JobState.RUNNING: _("Running"),
    JobState.PAUSED: _("Paused"),
    JobState.CANCELLED: _("Canceled"),
    JobState.FAILED: _("Failed"),
    JobState.DONE: _("Done"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A job as pages show it."""

    job: Job
    about: jobs.Description

    @property
    def state(self) -> str | Promise:
        return STATES[self.job.state]

    @property
    def css(self) -> str:
        return STATUS_CSS.get(JobState(self.job.state), "")

    @property
    def counts(self) -> list[tuple[str | Promise, int]]:
        """Only outcomes that occurred."""
        counts = self.job.counts
        return [(label, counts[name]) for name, label in self.about.counts.items() if counts.get(name)]

    @property
    def result_url(self) -> str:
        if not self.about.url_name:
            return ""
        address = reverse(self.about.url_name, kwargs=dict(self.about.url_kwargs))
        return f"{address}?{self.about.query}" if self.about.query else address

    @property
    def seconds_left(self) -> int | None:
        """About how many seconds a running job will still take; None if that is not known yet."""
        elapsed = self.job.elapsed or timedelta()
        if not (elapsed and self.job.done and self.job.total) or self.job.state != JobState.RUNNING:
            return None
        return round(elapsed.total_seconds() * max(0, self.job.total - self.job.done) / self.job.done)


def shown(job: Job) -> Shown:
    return Shown(job, jobs.find_kind(job.kind).describe(job))
