"""The scheduler and workers run the jobs: real processes, with the embedded broker and with Redis."""

import socket
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from audit.models import AuditEvent
from controlhub.actions.users import delete_user
from controlhub.models import OutgoingMail, PurgedUser, ScheduledJob, User
from tests import factories, servers

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def redis_url(tmp_path):
    port = servers.free_port()
    with servers.redis(port, tmp_path):
        yield f"redis://127.0.0.1:{port}/0"


@pytest.fixture(params=["embedded broker", "redis"])
def broker(request):
    return request.getfixturevalue("redis_url") if request.param == "redis" else ""


@contextmanager
def hanging_mail_server():
    """A mail server that accepts connections and never responds. Yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)
        yield server


def make_due(user):
    delete_user(user, actor=factories.COMMAND)
    User.objects.filter(pk=user.pk).update(deactivated_at=Now() - timedelta(days=31))


def test_hanging_mail_server_does_not_delay_the_core(tmp_path):
    """Purges, seals and sweeps continue while a worker waits for a greeting that never comes."""
    organization = factories.make_organization()
    users = [factories.make_user(organization, f"user{index}@example.com") for index in range(3)]
    OutgoingMail.objects.create(organization=organization, address="a@example.com", subject="S", body="B")
    with hanging_mail_server() as server:
        mail = {"EMAIL_URL": f"smtp://127.0.0.1:{server.getsockname()[1]}", "EMAIL_TIMEOUT": "300"}
        with servers.background(tmp_path, workers=("core", "outbound", "long"), **mail) as processes:
            client, _ = server.accept()
            with client:
                for number, user in enumerate(users, start=1):
                    make_due(user)
                    servers.wait_for(lambda number=number: PurgedUser.objects.count() == number, message="no purge")
                seals = ScheduledJob.objects.get(pk="seal_audit").runs
                servers.wait_for(lambda: ScheduledJob.objects.get(pk="seal_audit").runs > seals + 1, message="no seals")
                job = ScheduledJob.objects.get(pk="send_mail")
                assert (job.finished_at, job.runs) == (None, 0), "the worker still waits for the mail server"
                for process in processes:  # the waiting one would take up to EMAIL_TIMEOUT to stop
                    process.kill()
    assert OutgoingMail.objects.get().sent_at is None


def test_scheduled_worker_purges_users(broker, tmp_path):
    organization = factories.make_organization()
    due, kept = (factories.make_user(organization, f"user{index}@example.com") for index in range(2))
    for user, days in ((due, 31), (kept, 29)):
        delete_user(user, actor=factories.COMMAND)
        User.objects.filter(pk=user.pk).update(deactivated_at=Now() - timedelta(days=days))

    with servers.background(tmp_path, broker=broker):
        servers.wait_for(lambda: not User.objects.filter(pk=due.pk).exists(), message="nobody was purged")
    assert User.objects.filter(pk=kept.pk).exists()
    event = AuditEvent.objects.get(action="user.purged")
    assert (event.target_id, event.actor_kind, event.reason) == (
        str(due.pk),
        "system",
        "The retention period has ended.",
    )
