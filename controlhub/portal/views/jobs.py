"""Jobs: what runs by itself, when it ran last and runs next, and what went wrong."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from controlhub.models import Job, OutgoingMail, Permission
from controlhub.portal.access import PortalRequest, require

WORDS = {
    "purge_users": ("Remove users whose retention has ended", "removed"),
    "flag_bursts": ("Look for unusually many deactivations", "flagged"),
    "resolve_addresses": ("Mail password links and record failed sign-ins", "looked up"),
    "send_mail": ("Send mail", "sent"),
    "report_overdue_jobs": ("Report overdue jobs by mail", "reported"),
    "warn_of_expiring_tokens": ("Warn of tokens that expire soon", "warned of"),
    "sweep_client_tokens": ("Forget short-lived tokens that have expired", "forgotten"),
    "sweep_sessions": ("Forget sessions that have expired", "forgotten"),
    "sweep_invitations": ("Forget invitations that have expired", "forgotten"),
    "sweep_mail": ("Forget mail of a month ago", "forgotten"),
    "seal_audit": ("Number and seal audit events", "numbered"),
    "sweep_page_positions": ("Forget SCIM lists that nobody reads on", "forgotten"),
    "merge_row_counts": ("Merge counters of users and groups", "merged"),
}
FAILED_MAILS = 10


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
    return render(request, "portal/jobs/list.html", {"lines": lines, "mails": failed[:FAILED_MAILS]})
