"""Jobs that people started: the lists, the page of one with its progress, and the buttons that control it."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from controlhub.actions import jobs
from controlhub.actions.jobs.control import may_control
from controlhub.models import Job, Permission, Role
from controlhub.models.jobs import JobQuerySet
from controlhub.portal.access import PortalRequest, find_or_404, require
from controlhub.portal.forms.jobs import JobPageForm, ProblemPageForm
from controlhub.portal.partials import for_whole_or_part, render_whole_or_part, wants_part
from controlhub.portal.refusals import Refusals
from controlhub.portal.shown_jobs import shown
from controlhub.portal.tables import Column, Table

PAGE = 20
PROBLEMS = 50
TABLE = Table(
    _("Jobs started by people"),
    (
        Column("job", _("Job"), css="c-name", is_row_header=True, is_labelled=False),
        Column("state", _("State")),
        Column("progress", _("Progress")),
        Column("who", _("Started by"), css="hide-md"),
        Column("when", _("Started"), css="muted"),
    ),
)
PROBLEM_TABLE = Table(
    _("Not changed"),
    (
        Column("number", _("Number"), css="num muted"),
        Column("name", _("Name"), css="c-name", is_row_header=True, is_labelled=False),
        Column("reason", _("Reason")),
    ),
)


def jobs_page(request: PortalRequest, found: JobQuerySet) -> dict[str, Any]:
    """One page of jobs, newest first, which costs the same however far back it is."""
    before = JobPageForm(request.GET).position
    rows = list((found.filter(pk__lt=before) if before else found).order_by("-pk")[: PAGE + 1])
    return {
        "jobs": [shown(job) for job in rows[:PAGE]],
        "job_table": TABLE,
        "older": f"?before={rows[PAGE - 1].pk}" if len(rows) > PAGE else "",
        "newest": request.path if before else "",
    }


@require_safe
@require(is_background=True)
def job_bell(request: PortalRequest) -> HttpResponse:
    """The bell, for htmx, which refreshes the one in the header; opened directly, redirects to the list it links to."""
    is_part = wants_part(request)
    return for_whole_or_part(render(request, "components/_bell.html") if is_part else redirect("job-own-list"))


@require_safe
@require()
def job_own_list(request: PortalRequest) -> HttpResponse:
    """The jobs of the administrator."""
    own = Job.objects.in_organization(request.organization).started_by_user(request.account.user_id)
    return render(request, "portal/jobs/own.html", jobs_page(request, own))


@require_safe
@require()
def job_detail(request: PortalRequest, job_id: UUID) -> HttpResponse:
    job = _find(request, job_id)
    after = ProblemPageForm(request.GET).position
    problems = list(job.problems.filter(pk__gt=after).order_by("pk")[: PROBLEMS + 1])
    shown_job = shown(job)
    context = {
        "shown": shown_job,
        "job": job,
        "may_control": may_control(job, Role(request.account.role)),
        "can_undo": bool(jobs.find_kind(job.kind).undo_kind) and job.is_finished and _undo_of(job) is None,
        "undo": _undo_of(job),
        "problems": problems[:PROBLEMS],
        "problem_table": PROBLEM_TABLE,
        "older": f"?after={problems[PROBLEMS - 1].pk}" if len(problems) > PROBLEMS else "",
        "newest": request.path if after else "",
    }
    response = render_whole_or_part(request, "portal/jobs/detail.html", "portal/jobs/_job.html", context)
    if job.is_finished and _is_open(request, shown_job.result_url):
        response["HX-Refresh"] = "true"
    return response


def _is_open(request: PortalRequest, url: str) -> bool:
    """Whether htmx updates the progress on the page that shows the result, which is reloaded when the job is done."""
    return bool(url) and bool(request.htmx) and request.htmx.current_url_abs_path == url


@require(page="job-detail")
def job_pause(request: PortalRequest, job_id: UUID) -> HttpResponse:
    with Refusals(request):
        jobs.pause_job(_find(request, job_id), actor=request.actor)
    return redirect("job-detail", job_id)


@require(page="job-detail")
def job_resume(request: PortalRequest, job_id: UUID) -> HttpResponse:
    with Refusals(request):
        jobs.resume_job(_find(request, job_id), actor=request.actor)
    return redirect("job-detail", job_id)


@require(page="job-detail")
def job_cancel(request: PortalRequest, job_id: UUID) -> HttpResponse:
    with Refusals(request):
        jobs.cancel_job(_find(request, job_id), actor=request.actor)
    return redirect("job-detail", job_id)


@require(page="job-detail")
def job_undo(request: PortalRequest, job_id: UUID) -> HttpResponse:
    job = _find(request, job_id)
    with Refusals(request):
        job = jobs.undo_job(job, actor=request.actor)
    return redirect("job-detail", job.pk)


def _undo_of(job: Job) -> Job | None:
    return Job.objects.filter(undo_of=job).first()


def _find(request: PortalRequest, job_id: UUID) -> Job:
    """The administrator's own job or, with VIEW_JOBS, any job in the organization; otherwise raises Http404."""
    job: Job = find_or_404(request, Job.objects, pk=job_id)
    if job.started_by != request.account.user_id and Permission.VIEW_JOBS not in request.permissions:
        raise Http404
    return job
