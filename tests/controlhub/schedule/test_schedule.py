"""The schedule: each job has a title on the page, a queue with a worker, and an expiry."""

import subprocess
import sys

import pytest
from celery import current_app
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from controlhub import tasks
from controlhub.celery import app
from controlhub.launch.services import commands
from controlhub.models import ScheduledJob
from controlhub.portal.views.jobs import WORDS
from controlhub.schedule.queues import Queue
from tests import servers

ENTRIES = settings.CELERY_BEAT_SCHEDULE.values()


def test_every_scheduled_job_exists_and_is_shown():
    for job in settings.JOB_INTERVALS:
        assert getattr(tasks, job).name == f"controlhub.tasks.{job}"
    assert set(settings.JOB_INTERVALS) == set(WORDS)
    assert set(settings.JOB_QUEUES) <= set(settings.JOB_INTERVALS)


def test_every_run_has_an_expiry():
    """Otherwise a worker that returns after a day would execute all missed runs."""
    for entry in ENTRIES:
        assert entry["options"]["expires"] == max(entry["schedule"], 60)


@pytest.mark.parametrize("job", settings.JOB_INTERVALS)
def test_every_job_is_sent_to_a_queue_that_a_worker_serves(job, tmp_path):
    task = getattr(tasks, job)
    queue = current_app.amqp.router.route({}, task.name)["queue"].name
    assert queue == settings.JOB_QUEUES.get(job, Queue.CORE)
    served = commands(tmp_path)[queue]
    assert served[served.index("--queues") + 1] == queue


@pytest.mark.parametrize("job", ["send_mail", "send_streams", "send_alerts"])
def test_core_worker_does_not_wait_for_other_hosts(job):
    assert app.amqp.router.route({}, f"controlhub.tasks.{job}")["queue"].name == "outbound"


def test_scheduler_has_the_same_schedule_and_routes_without_loading_the_applications():
    """In a separate process, because this one has loaded them."""
    program = (
        "import sys; from controlhub.schedule.scheduler import app; "
        "print([*app.conf.beat_schedule], app.amqp.router.route({}, 'controlhub.tasks.send_mail')['queue'].name, "
        "'controlhub.models' in sys.modules)"
    )
    env = servers.environment(DJANGO_SETTINGS_MODULE="controlhub.settings")
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, check=True, cwd=servers.ROOT, env=env, capture_output=True, text=True)
    assert done.stdout.split("\n")[0] == f"{[*settings.CELERY_BEAT_SCHEDULE]} outbound False"


def test_each_queue_has_a_worker_with_a_unique_name(tmp_path):
    workers = {queue: commands(tmp_path)[queue] for queue in Queue}
    assert len({command[command.index("--hostname") + 1] for command in workers.values()}) == len(Queue)


@pytest.mark.django_db
def test_run_is_recorded_with_two_statements():
    """Some jobs run every two seconds. The first run also creates the row."""
    tasks.sweep_page_positions()
    with CaptureQueriesContext(connection) as captured:
        tasks.sweep_page_positions()
    noted = [query["sql"] for query in captured if "controlhub_scheduledjob" in query["sql"]]
    assert [text.split()[0] for text in noted] == ["UPDATE", "UPDATE"]
    assert ScheduledJob.objects.get(name="sweep_page_positions").runs == 2
