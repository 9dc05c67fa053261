"""Pages of jobs that people started: progress, control, and ownership."""

import pytest
from django.urls import reverse

from controlhub.models import Job, JobProblem, JobState, Role
from tests import factories, pages


@pytest.fixture
def job(organization, admin):
    return Job.objects.create(
        organization=organization,
        kind="unknown",
        state=JobState.RUNNING,
        started_by=admin.user_id,
        started_by_label="neo",
        origin={"kind": "command"},
        total=40,
        done=10,
    )


def test_job_shows_its_progress_and_refreshes_automatically(portal, job):
    page = pages.read(portal.get(f"/jobs/{job.pk}/"))
    bar = page.one("#job progress")
    assert (bar["value"], bar["max"]) == ("10", "40")
    assert page.one("#job")["hx-trigger"] == "every 2s"
    part = pages.read(portal.get(f"/jobs/{job.pk}/", headers={"HX-Request": "true"}))
    assert part.is_fragment
    Job.objects.update(state=JobState.DONE)
    assert not pages.read(portal.get(f"/jobs/{job.pk}/")).one("#job").get("hx-trigger")


def test_job_is_paused_resumed_and_cancelled(portal, job):
    for verb, state in (("pause", "paused"), ("resume", "queued"), ("cancel", "cancelled")):
        form = pages.read(portal.get(f"/jobs/{job.pk}/")).form(reverse(f"job-{verb}", args=[job.pk]))
        portal.post(f"/jobs/{job.pk}/{verb}/", form.fields)
        job.refresh_from_db()
        assert job.state == state
    answer = portal.post(f"/jobs/{job.pk}/pause/", follow=True)
    assert "state has changed" in pages.read(answer).text


def test_lists_show_jobs_in_pages_newest_first(portal, organization, admin, monkeypatch, job):
    monkeypatch.setattr("controlhub.portal.views.started_jobs.PAGE", 2)
    for _ in range(2):
        Job.objects.create(organization=organization, kind="unknown", started_by=admin.user_id)
    for path in ("/jobs/", "/jobs/mine/"):
        first = pages.read(portal.get(path))
        assert f"/jobs/{job.pk}/" not in [link["href"] for link in first.all("main a")]
        second = pages.read(portal.get(path + first.link("Older")))
        assert f"/jobs/{job.pk}/" in [link["href"] for link in second.all("main a")]


def test_help_desk_sees_only_own_jobs(organization, job):
    account, _ = factories.make_admin(organization, "help@example.com", Role.HELP_DESK)
    client = factories.browser(account)
    assert client.get(f"/jobs/{job.pk}/").status_code == 404
    assert client.post(f"/jobs/{job.pk}/cancel/").status_code == 404
    Job.objects.update(started_by=account.user_id)
    assert client.get(f"/jobs/{job.pk}/").status_code == 200


def test_problems_are_paginated(portal, job, monkeypatch):
    monkeypatch.setattr("controlhub.portal.views.started_jobs.PROBLEMS", 2)
    for number in range(3):
        JobProblem.objects.create(job=job, number=number, label=f"Person {number}", reason="Held.")
    first = pages.read(portal.get(f"/jobs/{job.pk}/"))
    assert "Person 1" in first.text
    assert "Person 2" not in first.text
    assert "Person 2" in pages.read(portal.get(f"/jobs/{job.pk}/{first.link('Older')}")).text
