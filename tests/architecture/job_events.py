"""The events of jobs, for test_one_event.py: the required objects, and the action that records the event."""

from controlhub.actions import jobs
from controlhub.actions.jobs import running
from controlhub.errors import DomainError
from controlhub.models import Permission
from tests import factories

COMMAND = factories.COMMAND


class Waiting(jobs.JobKind):
    """A job kind that has one step to do, or fails."""

    name = "test-waiting"
    permission = Permission.MANAGE_USERS

    def plan(self, job):
        return 1

    def step(self, job, cursor, *, actor):
        if job.parameters:
            raise DomainError("The file is gone.")
        return jobs.Step(None, 1)

    def describe(self, job):
        return jobs.Description("Wait")


def job_of(scene, **parameters):
    return jobs.start_job(scene.organization, kind=Waiting(), parameters=parameters, actor=COMMAND)


def paused_job(scene):
    jobs.pause_job(job := job_of(scene), actor=COMMAND)
    return job


JOB_EVENTS = {
    "job.started": (lambda s: s, job_of),
    "job.paused": (job_of, lambda job: jobs.pause_job(job, actor=COMMAND)),
    "job.resumed": (paused_job, lambda job: jobs.resume_job(job, actor=COMMAND)),
    "job.cancelled": (job_of, lambda job: jobs.cancel_job(job, actor=COMMAND)),
    "job.finished": (job_of, lambda _: running.run_due_jobs()),
    "job.failed": (lambda s: job_of(s, file="gone"), lambda _: running.run_due_jobs()),
}
