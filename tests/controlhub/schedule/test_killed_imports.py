"""An import whose worker is killed in the middle: real workers, killed with SIGKILL."""

import pytest

from audit.models import AuditEvent
from controlhub.actions.imports import apply_import
from controlhub.models import ImportRow, Job, JobState, User
from tests import factories, imports, servers

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]
OLD, NEW = 2_000, 2_000
KILLS = 2


def people(number, word):
    """A file of people whose names begin with this word."""
    lines = (f"user{place}@example.com,{word} {place}\n" for place in range(number))
    return "userName,displayName\n" + "".join(lines)


def named(organization, word):
    return User.objects.in_organization(organization).filter(display_name__startswith=f"{word} ").count()


def kill_in_the_middle(folder, job, *, after):
    """Start a worker, and kill it after `after` rows, before all are done."""
    folder.mkdir()
    with servers.background(folder, workers=("long",)) as (worker, _scheduler):
        servers.wait_for(lambda: Job.objects.get(pk=job.pk).done >= after, seconds=120, message="no progress")
        worker.kill()
        worker.wait()
    job.refresh_from_db()
    assert job.state == JobState.RUNNING, "the worker was killed too late"


def test_killed_worker_adds_no_user_twice_and_loses_none(tmp_path):
    organization = factories.make_organization()
    imports.run(organization, people(OLD, "Old"))
    data = people(OLD + NEW, "New")
    stored = imports.check(organization, data)
    assert imports.counts(stored.check_job) == {"update": OLD, "create": NEW}
    before = AuditEvent.objects.filter(target_type="User").count()
    job = apply_import(stored, deleted_choice="", actor=factories.COMMAND)
    for number in range(KILLS):
        kill_in_the_middle(tmp_path / str(number), job, after=job.done + 200)
        done = stored.rows.exclude(outcome="").count()
        assert done == job.done, "a portion and its position are one transaction"
        assert named(organization, "New") == done
        assert AuditEvent.objects.filter(target_type="User").count() == before + done
    (tmp_path / "last").mkdir()
    with servers.background(tmp_path / "last", workers=("long",)):
        servers.wait_for(lambda: Job.objects.get(pk=job.pk).is_finished, seconds=240, message="the import did not end")
    job.refresh_from_db()
    assert (job.state, job.done, job.problem_count) == (JobState.DONE, OLD + NEW, 0)
    assert imports.counts(job) == {"updated": OLD, "created": NEW}
    assert named(organization, "New") == OLD + NEW
    events = AuditEvent.objects.filter(target_type="User").order_by("pk")[before:]
    assert len({(event.action, event.target_id) for event in events}) == len(events) == OLD + NEW
    assert not ImportRow.objects.filter(user_import=stored, outcome="").exists()
    again = imports.check(organization, data)
    assert imports.counts(again.check_job) == {"unchanged": OLD + NEW}
