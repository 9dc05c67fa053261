"""Jobs that people start: their steps, how they stop, and what remains after a crash."""

import threading

import pytest
from django.db import connection, transaction

from audit.models import AuditEvent
from controlhub.actions import jobs
from controlhub.actions.jobs import kinds, running
from controlhub.errors import DomainError, InvalidSettingError, JobStateError, PermissionMissingError
from controlhub.models import Account, Job, JobProblem, JobState, Permission, Role
from tests import factories
from tests.threads import at_once

COMMAND = factories.COMMAND


class Counting(jobs.JobKind):
    """Counts to the total, two at a time, and calls `between` in each step."""

    name = "test-counting"
    permission = Permission.MANAGE_USERS
    undo_kind = "test-counting"

    def __init__(self):
        self.between = lambda _cursor: None
        self.steps = []

    def plan(self, job):
        return job.parameters.get("total")

    def step(self, job, cursor, *, actor):
        position = cursor or 0
        self.between(position)
        self.steps.append((position, actor.role))
        last = min(position + 2, job.total)
        problems = [jobs.Problem(n, f"number {n}", "Odd.") for n in range(position, last) if n % 2]
        counts = {"even": last - position - len(problems)}
        return jobs.Step(last if last < job.total else None, last - position, counts, problems)

    def describe(self, job):
        return jobs.Description("Count")


@pytest.fixture
def counting(monkeypatch):
    kind = Counting()
    monkeypatch.setitem(kinds._KINDS, kind.name, kind)
    return kind


@pytest.fixture
def job(organization, counting):
    return jobs.start_job(organization, kind=counting, parameters={"total": 5}, actor=COMMAND)


def actor_of(account):
    from audit.actor import Actor, ActorKind

    return Actor(ActorKind.ADMIN, id=str(account.user_id), label=account.sign_in_address, role=account.role)


def actions_about(job):
    events = AuditEvent.objects.filter(target_type="Job", target_id=str(job.pk)).order_by("pk")
    return list(events.values_list("action", flat=True))


def test_job_runs_to_the_end(job, counting):
    assert job.state == JobState.QUEUED
    assert running.run_due_jobs() == 3
    job.refresh_from_db()
    assert (job.state, job.done, job.total, job.counts, job.problem_count) == (JobState.DONE, 5, 5, {"even": 3}, 2)
    assert job.finished_at >= job.started_at
    assert [problem.number for problem in job.problems.order_by("number")] == [1, 3]
    assert actions_about(job) == ["job.started", "job.finished"]
    assert running.run_due_jobs() == 0


def test_paused_job_resumes_where_it_stopped(job, counting):
    counting.between = lambda position: position == 2 and jobs.pause_job(job, actor=COMMAND)
    running.run_due_jobs()
    job.refresh_from_db()
    assert (job.state, job.done, job.cursor) == (JobState.PAUSED, 4, 4), "the step at hand is finished"
    assert running.run_due_jobs() == 0
    counting.between = lambda _position: None
    jobs.resume_job(job, actor=COMMAND)
    running.run_due_jobs()
    job.refresh_from_db()
    assert (job.state, job.done) == (JobState.DONE, 5)
    assert [position for position, _ in counting.steps] == [0, 2, 4]


def test_cancelled_job_keeps_its_changes(job, counting):
    counting.between = lambda position: position == 2 and jobs.cancel_job(job, actor=COMMAND)
    running.run_due_jobs()
    job.refresh_from_db()
    assert (job.state, job.done) == (JobState.CANCELLED, 4)
    assert job.finished_at
    assert actions_about(job) == ["job.started", "job.cancelled"]
    for change in (jobs.cancel_job, jobs.pause_job, jobs.resume_job):
        with pytest.raises(JobStateError):
            change(job, actor=COMMAND)


def test_job_cancelled_in_its_last_step_is_not_finished(job, counting):
    counting.between = lambda position: position == 4 and jobs.cancel_job(job, actor=COMMAND)
    running.run_due_jobs()
    job.refresh_from_db()
    assert (job.state, job.done) == (JobState.CANCELLED, 5)


def test_domain_error_fails_the_job_with_its_message(job, counting):
    def refuse(position):
        if position == 2:
            raise DomainError("The file is gone.")

    counting.between = refuse
    running.run_due_jobs()
    job.refresh_from_db()
    assert (job.state, job.reason, job.done) == (JobState.FAILED, "The file is gone.", 2)
    assert AuditEvent.objects.get(action="job.failed").reason == "The file is gone."


def test_step_with_unexpected_error_is_retried_and_repeats_nothing(job, counting, at):
    failures = iter([True, False])

    def break_once(position):
        if position == 2 and next(failures, False):
            raise ZeroDivisionError

    counting.between = break_once
    running.run_due_jobs()
    job.refresh_from_db()
    assert (job.state, job.done, job.failures) == (JobState.RUNNING, 2, 1)
    at(seconds=5)
    running.run_due_jobs()
    job.refresh_from_db()
    assert (job.state, job.done, job.failures, job.counts) == (JobState.DONE, 5, 0, {"even": 3})


def test_job_that_keeps_failing_is_given_up(job, counting, at):
    def break_always(_position):
        raise ZeroDivisionError

    counting.between = break_always
    for minute in range(running.MAX_FAILURES):
        at(minutes=minute)
        running.run_due_jobs()
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert "ZeroDivisionError" in job.reason


def test_jobs_take_turns(organization, counting, monkeypatch):
    monkeypatch.setattr(running, "TURN_SECONDS", 0)
    order = []
    both = [jobs.start_job(organization, kind=counting, parameters={"total": 4}, actor=COMMAND) for _ in range(2)]
    step = counting.step
    counting.step = lambda job, cursor, *, actor: (order.append(job.pk), step(job, cursor, actor=actor))[1]
    running.run_due_jobs()
    assert order == [both[0].pk, both[1].pk] * 2


def test_run_out_of_time_leaves_the_rest_to_the_next_one(job):
    assert running.run_due_jobs(seconds=0) == 0
    job.refresh_from_db()
    assert (job.state, job.done) == (JobState.QUEUED, 0)
    assert running.run_due_jobs() == 3


def test_kept_problems_are_limited_and_counted(job, monkeypatch):
    monkeypatch.setattr(running, "KEPT_PROBLEMS", 1)
    running.run_due_jobs()
    job.refresh_from_db()
    assert (job.problem_count, JobProblem.objects.count()) == (2, 1)


def test_role_is_read_again_for_each_step(organization, counting):
    factories.make_admin(organization, "other@example.com")
    account, _ = factories.make_admin(organization, "trinity@example.com", Role.USER_ADMIN)
    job = jobs.start_job(organization, kind=counting, parameters={"total": 5}, actor=actor_of(account))
    assert (job.started_by, job.started_by_label) == (account.user_id, "trinity@example.com")

    def demote(position):
        if position == 2:
            Account.objects.filter(pk=account.pk).update(role=Role.READ_ONLY_ADMIN)

    counting.between = demote
    running.run_due_jobs()
    job.refresh_from_db()
    assert (job.state, job.done) == (JobState.FAILED, 4)
    assert job.reason == "trinity@example.com no longer has the permission for this job."
    assert {role for _, role in counting.steps} == {"user_admin"}


def test_role_without_the_permission_cannot_start_or_stop_jobs(organization, counting, job):
    factories.make_admin(organization, "other@example.com")
    reader = actor_of(factories.make_admin(organization, "ro@example.com", Role.READ_ONLY_ADMIN)[0])
    with pytest.raises(PermissionMissingError):
        jobs.start_job(organization, kind=counting, parameters={}, actor=reader)
    with pytest.raises(PermissionMissingError):
        jobs.cancel_job(job, actor=reader)
    assert Job.objects.get().state == JobState.QUEUED


def test_job_of_an_unknown_kind_fails(job, counting, monkeypatch):
    monkeypatch.delitem(kinds._KINDS, counting.name)
    running.run_due_jobs()
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert counting.name in job.reason


def test_parameters_and_targets_are_limited(organization, counting, monkeypatch):
    with pytest.raises(InvalidSettingError):
        jobs.start_job(organization, kind=counting, parameters={"text": "x" * 70_000}, actor=COMMAND)
    monkeypatch.setattr(jobs.control, "MAX_TARGETS", 1)
    with pytest.raises(InvalidSettingError):
        jobs.start_job(organization, kind=counting, parameters={}, targets=[organization.pk] * 2, actor=COMMAND)
    assert not Job.objects.exists()


def test_undo_reverts_changes_once(organization, counting, monkeypatch):
    monkeypatch.setattr(jobs.control, "BATCH", 2)
    ids = sorted(factories.make_user(organization, f"u{n}@example.com").pk for n in range(3))
    job = jobs.start_job(organization, kind=counting, parameters={}, targets=ids, actor=COMMAND)
    with pytest.raises(JobStateError):
        jobs.undo_job(job, actor=COMMAND)
    job.batches.filter(number=0).update(changed=ids[:1])
    Job.objects.update(state=JobState.DONE)
    job.refresh_from_db()
    undo = jobs.undo_job(job, actor=COMMAND)
    assert (undo.undo_of, undo.total, undo.batches.get().targets) == (job, 1, ids[:1])
    with pytest.raises(JobStateError), transaction.atomic():
        jobs.undo_job(job, actor=COMMAND)


def test_job_without_changes_cannot_be_undone(organization, counting):
    ids = [factories.make_user(organization).pk]
    job = jobs.start_job(organization, kind=counting, parameters={}, targets=ids, actor=COMMAND)
    running.run_due_jobs()
    job.refresh_from_db()
    with pytest.raises(JobStateError, match="no changes that can be undone"):
        jobs.undo_job(job, actor=COMMAND)
    assert Job.objects.get() == job


def test_finished_jobs_are_deleted_after_their_retention_period(job, organization, counting, at):
    running.run_due_jobs()
    waiting = jobs.start_job(organization, kind=counting, parameters={"total": 5}, actor=COMMAND)
    at(days=29)
    assert running.sweep_jobs() == 0
    at(days=31)
    assert running.sweep_jobs() == 1
    assert Job.objects.get() == waiting
    assert not JobProblem.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_run_the_same_step(job, counting):
    """While one worker runs a step, the other finds that the job is busy."""
    entered, leave = threading.Event(), threading.Event()

    def wait(position):
        if position == 0 and not entered.is_set():
            entered.set()
            leave.wait(10)

    counting.between = wait

    def work(index):
        if index == 0:
            return running.run_due_jobs()
        entered.wait(10)
        try:
            return running.run_due_jobs()
        finally:
            leave.set()

    assert at_once(2, work) == [3, 0]
    assert [position for position, _ in counting.steps] == [0, 2, 4]


@pytest.mark.django_db(transaction=True)
def test_killed_worker_leaves_no_partial_step_and_no_lock(job, counting):
    """Its connection is closed in the middle of a step, as with kill -9."""

    def die(position):
        if position == 2:
            connection.close()
            raise SystemExit

    counting.between = die
    with pytest.raises(SystemExit):
        running.run_due_jobs()
    job.refresh_from_db()
    assert (job.done, job.cursor) == (2, 2)
    counting.between = lambda _position: None
    running.run_due_jobs()
    job.refresh_from_db()
    assert (job.state, job.done, job.counts) == (JobState.DONE, 5, {"even": 3})


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("error", [DomainError, ZeroDivisionError])
@pytest.mark.parametrize("end", ["cancelled", "deleted"])
def test_step_that_fails_after_the_job_has_ended_keeps_its_result(job, counting, error, end):
    """Another user cancels the job, or removes the organization, while a worker runs a step."""

    def end_job(_index):
        if end == "cancelled":
            jobs.cancel_job(job, actor=COMMAND)
        else:
            Job.objects.filter(pk=job.pk).delete()

    def fail(_position):
        at_once(1, end_job)
        raise error

    counting.between = fail
    assert running.run_due_jobs() == 0
    assert list(Job.objects.values_list("state", "reason")) == ([("cancelled", "")] if end == "cancelled" else [])
    assert actions_about(job) == ["job.started", *(["job.cancelled"] if end == "cancelled" else [])]


def lose_connection():
    connection.connection.close()
    Job.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fail", [lose_connection, lambda: 1 / 0], ids=["lost", "kept"])
def test_step_is_retried_with_a_new_connection(job, counting, fail):
    """The connection may have caused the failure."""
    pids = []

    def fail_once(_position):
        pids.append(connection.connection.info.backend_pid)
        if len(pids) == 2:
            fail()

    counting.between = fail_once
    running.run_due_jobs()
    job.refresh_from_db()
    assert (job.state, job.done, job.failures) == (JobState.RUNNING, 2, 1)
    Job.objects.update(try_at=None)
    running.run_due_jobs()
    job.refresh_from_db()
    assert (job.state, job.done, job.counts) == (JobState.DONE, 5, {"even": 3})
    assert pids[0] == pids[1] != pids[2]
