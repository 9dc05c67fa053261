"""Beat schedules and a worker runs the purge: real processes, with the embedded broker and with Redis."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from audit.models import AuditEvent
from controlhub.actions.users import delete_user
from controlhub.models import User
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


def test_beat_schedules_and_a_worker_purges(broker, tmp_path):
    organization = factories.make_organization()
    due, kept = (factories.make_user(organization, f"user{index}@example.com") for index in range(2))
    for user, days in ((due, 31), (kept, 29)):
        delete_user(user, actor=factories.COMMAND)
        User.objects.filter(pk=user.pk).update(deactivated_at=Now() - timedelta(days=days))

    with servers.background(tmp_path, broker=broker):
        servers.wait_for(lambda: not User.objects.filter(pk=due.pk).exists(), seconds=40, message="nobody was purged")
    assert User.objects.filter(pk=kept.pk).exists()
    event = AuditEvent.objects.get(action="user.purged")
    assert (event.target_id, event.actor_kind, event.reason) == (
        str(due.pk),
        "system",
        "The retention period has ended.",
    )
