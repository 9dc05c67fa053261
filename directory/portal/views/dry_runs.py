"""Starting dry runs and comparisons of an application, and showing their results."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from controlhub.actions.exports import note_download
from controlhub.actions.jobs.control import may_control
from controlhub.actions.jobs.running import KEPT_PROBLEMS
from controlhub.models import Job, Permission, Role
from controlhub.portal.access import PortalRequest, find_or_404, require
from controlhub.portal.downloads import download
from controlhub.portal.forms.jobs import ProblemPageForm
from controlhub.portal.refusals import Refusals
from controlhub.portal.shown_jobs import shown
from directory.actions.applications import audit_target
from directory.engine.dry_runs import DryRun, dry_run
from directory.models import Application
from directory.portal.effects import PAGE, TABLE, counts_of, file_of, found_by, removals_of, row_of
from directory.portal.forms.dry_runs import DryRunForm, EffectForm
from directory.portal.views.applications import find_application, show

EARLIER = 10
"""The maximum number of earlier runs that the page lists."""


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.MANAGE_PROVISIONING)
def application_dry_run(request: PortalRequest, application_id: UUID) -> HttpResponse:
    """Describes a dry run and a comparison, with a button for each, and lists the earlier ones."""
    application = find_application(request, application_id)
    if request.method == "POST":
        form = DryRunForm(request.POST)
        form.is_valid()
        with Refusals(request):
            job = dry_run(application, actor=request.actor, compares=form.cleaned_data["compares"])
            return redirect("application-effects", application_id, job.pk)
    jobs = Job.objects.in_organization(request.organization).filter(kind=DryRun.name)
    earlier = jobs.filter(parameters__application=str(application.pk)).order_by("-pk")[:EARLIER]
    return show(request, application, "dry_run", earlier=[(shown(job), removals_of(job)) for job in earlier])


@require_safe
@require(Permission.MANAGE_PROVISIONING)
def application_effects(request: PortalRequest, application_id: UUID, job_id: UUID) -> HttpResponse:
    """The results of the run so far: counts, and the names page by page."""
    application, job = _find(request, application_id, job_id)
    effect, after = EffectForm(request.GET).chosen, ProblemPageForm(request.GET).position
    rows = list(found_by(job, effect).filter(pk__gt=after)[: PAGE + 1])
    address = f"?effect={effect}&" if effect else "?"
    removals = removals_of(job)
    context = {
        "application": application,
        "job": job,
        "shown": shown(job),
        "may_control": may_control(job, Role(request.account.role)),
        "counts": counts_of(job),
        "effect": effect,
        "table": TABLE,
        "rows": [row_of(row) for row in rows[:PAGE]],
        "older": f"{address}after={rows[PAGE - 1].pk}" if len(rows) > PAGE else "",
        "newest": (f"?effect={effect}" if effect else request.path) if after else "",
        "unnamed": max(0, job.problem_count - KEPT_PROBLEMS),
        "removals": removals,
        "is_over_threshold": application.guards_deletions and removals > application.deletion_threshold,
    }
    return render(request, "directory/applications/effects.html", context)


@require_safe
@require(Permission.MANAGE_PROVISIONING)
def application_effects_file(request: PortalRequest, application_id: UUID, job_id: UUID) -> HttpResponse:
    """The named objects as CSV."""
    application, job = _find(request, application_id, job_id)
    name = f"dry-run-{job.created_at:%Y-%m-%d}.csv"
    note_download(audit_target(application), file=name, actor=request.actor)
    return download(file_of(application, job), name)


def _find(request: PortalRequest, application_id: UUID, job_id: UUID) -> tuple[Application, Job]:
    """The run, if it is one of this application; otherwise raises Http404."""
    application = find_application(request, application_id)
    job: Job = find_or_404(request, Job.objects, pk=job_id)
    if job.kind != DryRun.name or job.parameters.get("application") != str(application.pk):
        raise Http404
    return application, job
