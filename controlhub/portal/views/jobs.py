"""Jobs: what runs by itself, when it ran last and runs next, and what went wrong."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from controlhub.models import Job, OutgoingMail, Permission
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.tables import Column, Table

WORDS = {
    "purge_users": ("Delete users permanently after their retention period", "deleted"),
    "flag_bursts": ("Detect unusually many deactivations", "flagged"),
    "resolve_addresses": ("Send password links and record failed sign-ins", "processed"),
    "send_mail": ("Send mail", "sent"),
    "report_overdue_jobs": ("Report overdue jobs by email", "reported"),
    "warn_of_expiring_tokens": ("Warn about tokens that expire soon", "warned about"),
    "sweep_client_tokens": ("Delete expired short-lived tokens", "deleted"),
    "sweep_sessions": ("Delete expired sessions", "deleted"),
    "sweep_invitations": ("Delete expired invitations", "deleted"),
    "sweep_mail": ("Delete mail older than a month", "deleted"),
    "seal_audit": ("Number and seal audit events", "numbered"),
    "sweep_page_positions": ("Delete unused cursors of SCIM lists", "deleted"),
    "merge_row_counts": ("Merge counters of users and groups", "merged"),
}
FAILED_MAILS = 10
TABLE = Table(
    "Scheduled jobs",
    (
        Column("job", "Job", css="c-name", is_row_header=True, is_labelled=False),
        Column("last", "Last run"),
        Column("duration", "Duration", css="hide-md muted"),
        Column("result", "Result"),
        Column("next", "Next run", css="muted"),
        Column("error", "Last error"),
    ),
)


@dataclass(frozen=True)
class Line:
    title: str
    counted: str
    interval: timedelta
    job: Job | None

    @property
    def next_at(self) -> datetime | None:
        return self.job.started_at + self.interval if self.job and self.job.started_at else None


@require_safe
@require(Permission.VIEW_JOBS)
def job_list(request: PortalRequest) -> HttpResponse:
    known = Job.objects.scheduled().in_bulk()
    lines = []
    for name, seconds in settings.JOB_INTERVALS.items():
        title, counted = WORDS[name]
        lines.append(Line(title, counted, timedelta(seconds=seconds), known.get(name)))
    failed = OutgoingMail.objects.in_organization(request.organization).exclude(error="").order_by("-created_at")
    return render(request, "portal/jobs/list.html", {"lines": lines, "mails": failed[:FAILED_MAILS], "table": TABLE})
