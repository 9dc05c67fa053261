"""Scheduled jobs: their last and next runs, and errors."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from controlhub.models import Job, OutgoingMail, Permission, ScheduledJob
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.tables import Column, Table
from controlhub.portal.views import started_jobs as started

WORDS = {
    "purge_users": (_("Delete users permanently after their retention period"), _("deleted")),
    "purge_people": (_("Permanently delete directory users after 30 days"), _("deleted")),
    "flag_bursts": (_("Detect spikes in deactivations"), _("flagged")),
    "resolve_addresses": (_("Send password links and record failed sign-ins"), _("processed")),
    "send_mail": (_("Send mail"), _("sent")),
    "report_overdue_jobs": (_("Report overdue jobs by email"), _("reported")),
    "warn_of_expiring_tokens": (_("Warn about tokens that expire soon"), _("warned about")),
    "sweep_client_tokens": (_("Delete expired short-lived tokens"), _("deleted")),
    "sweep_sessions": (_("Delete expired sessions"), _("deleted")),
    "sweep_invitations": (_("Delete expired invitations"), _("deleted")),
    "sweep_mail": (_("Delete mail older than a month"), _("deleted")),
    "seal_audit": (_("Seal audit events"), _("sealed")),
    "send_checkpoints": (_("Send checkpoints of the audit log"), _("sent")),
    "ask_witnesses": (_("Ask witnesses to cosign the audit log"), _("cosigned")),
    "send_streams": (_("Send audit events to streams"), _("sent")),
    "measure_streams": (_("Measure how many events wait for streams"), _("measured")),
    "evaluate_alerts": (_("Check the conditions of alerts"), _("fired")),
    "send_alerts": (_("Send alerts to webhooks"), _("sent")),
    "sweep_page_positions": (_("Delete unused cursors of SCIM lists"), _("deleted")),
    "provision_people": (_("Provision people and groups to applications"), _("processed")),
    "sweep_provisioning": (_("Delete old entries of the provisioning log"), _("deleted")),
    "run_jobs": (_("Run jobs that administrators started"), _("steps")),
    "sweep_jobs": (_("Delete finished jobs after their retention period"), _("deleted")),
    "close_hours": (_("Record how often events were repeated"), _("recorded")),
    "sweep_requests": (_("Delete old entries of the request log"), _("deleted")),
    "erase_people": (_("Erase personal data of deleted users"), _("erased")),
    "remove_expired_events": (_("Remove expired audit events"), _("removed")),
    "merge_row_counts": (_("Merge the counters of users and groups"), _("merged")),
}
FAILED_MAILS = 10
TABLE = Table(
    _("Scheduled jobs"),
    (
        Column("job", _("Job"), css="c-name", is_row_header=True, is_labelled=False),
        Column("last", _("Last run")),
        Column("duration", _("Duration"), css="hide-md muted nowrap"),
        Column("result", _("Result"), css="nowrap"),
        Column("next", _("Next run"), css="muted"),
        Column("error", _("Last error")),
    ),
)


MINUTE, HOUR = 60, 3_600


@dataclass(frozen=True)
class Line:
    title: str | Promise
    counted: str | Promise
    interval: timedelta
    job: ScheduledJob | None

    @property
    def wait(self) -> str:
        """How long after the start the job first runs, in the largest unit that fits."""
        seconds = int(self.interval.total_seconds())
        minutes, hours = seconds // MINUTE, seconds // HOUR
        if hours:
            return ngettext("%(number)s hour", "%(number)s hours", hours) % {"number": hours}
        if minutes:
            return ngettext("%(number)s minute", "%(number)s minutes", minutes) % {"number": minutes}
        return ngettext("%(number)s second", "%(number)s seconds", seconds) % {"number": seconds}

    @property
    def next_at(self) -> datetime | None:
        return self.job.started_at + self.interval if self.job and self.job.started_at else None


@require_safe
@require(Permission.VIEW_JOBS)
def job_list(request: PortalRequest) -> HttpResponse:
    """Jobs that people started, then scheduled jobs, then undelivered mail."""
    known = ScheduledJob.objects.scheduled().in_bulk()
    lines = []
    for name, seconds in settings.JOB_INTERVALS.items():
        title, counted = WORDS[name]
        lines.append(Line(title, counted, timedelta(seconds=seconds), known.get(name)))
    failed = OutgoingMail.objects.in_organization(request.organization).exclude(error="").order_by("-created_at")
    context = {
        **started.jobs_page(request, Job.objects.in_organization(request.organization)),
        "lines": lines,
        "mails": failed[:FAILED_MAILS],
        "may_send_again": Permission.MANAGE_ORGANIZATION in request.permissions,
        "table": TABLE,
    }
    return render(request, "portal/jobs/list.html", context)
