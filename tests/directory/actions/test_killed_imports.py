"""An import of people whose worker is killed in the middle: a real worker, killed with SIGKILL."""

import pytest

from audit.models import AuditEvent
from controlhub.models import Job, JobState
from directory.actions.imports import apply_people
from directory.models import Person
from tests import factories, servers
from tests.controlhub.schedule.test_killed_imports import kill_in_the_middle
from tests.directory.actions.test_imports import check, counts

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]
PEOPLE = 1_000


def test_killed_worker_adds_nobody_twice_and_sets_every_manager(tmp_path):
    """Each manager is in a later row."""
    rows = "".join(f"p{number}@x.org,P,p{number + 1}@x.org\n" for number in range(PEOPLE - 1))
    data = f"userPrincipalName,displayName,manager\n{rows}p{PEOPLE - 1}@x.org,P,\n"
    stored = check(factories.make_organization(), data)
    assert counts(stored.check_job) == {"create": PEOPLE}
    job = apply_people(stored, actor=factories.COMMAND)
    kill_in_the_middle(tmp_path / "killed", job, after=200)
    assert Person.objects.count() == stored.rows.exclude(outcome="").count() == job.done
    (tmp_path / "last").mkdir()
    with servers.background(tmp_path / "last", workers=("long",)):
        servers.wait_for(lambda: Job.objects.get(pk=job.pk).is_finished, seconds=120, message="the import did not end")
    job.refresh_from_db()
    assert (job.state, job.done, job.problem_count, counts(job)) == (JobState.DONE, PEOPLE, 0, {"created": PEOPLE})
    assert Person.objects.exclude(manager=None).count() == PEOPLE - 1
    events = AuditEvent.objects.filter(target_type="DirectoryUser").values_list("action", "target_id")
    assert len(set(events)) == len(events) == 2 * PEOPLE - 1
