"""What must hold while processes are killed, the broker is down, and requests keep coming: real servers, real load."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import timedelta

import httpx2
import pytest
import redis
from django.db.models.functions import Now

from audit.models import AuditEvent
from controlhub.actions.organizations import change_policies
from controlhub.actions.users import delete_user
from controlhub.models import Invitation, PurgedUser, ScheduledJob, Scope, User
from controlhub.security.token_secrets import make_secret, token_digest
from tests import factories, servers

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]
# `python -m bench soak` runs these tests repeatedly and at a larger scale.
SCALE = int(os.environ.get("SOAK_SCALE", "1"))
WRITES = 100 * SCALE


def due_users(organization, number):
    change_policies(organization, changes={"purge_floor": 100_000}, actor=factories.COMMAND)
    users = [factories.make_user(organization, f"user{index}@example.com") for index in range(number)]
    for user in users:
        delete_user(user, actor=factories.COMMAND)
    User.objects.filter(pk__in=[user.pk for user in users]).update(deactivated_at=Now() - timedelta(days=31))
    return users


def invited(user):
    """The secret of a pending invitation."""
    secret = make_secret()
    ends = Now() + timedelta(days=7)
    Invitation.objects.create(user=user, digest=token_digest(secret), address="neo@example.com", expires_at=ends)
    return secret


class Load:
    """Clients that send requests continuously, each over its own connection, counted by client, phase and status.

    A request counts for a phase only if it was sent and answered during it.
    """

    def __init__(self, server, calls):
        self.server, self.phase, self.answers = server, "before", Counter()
        self.threads = [threading.Thread(target=self._ask, args=(number, *call)) for number, call in enumerate(calls)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.phase = "over"
        for thread in self.threads:
            thread.join()

    def _ask(self, number, path, headers):
        with httpx2.Client(base_url=self.server, headers=headers, timeout=30) as http:
            while (phase := self.phase) != "over":
                status = http.get(path).status_code
                if phase == self.phase:
                    self.answers[number, phase, status] += 1

    def statuses(self, phase):
        return {status for _, found, status in list(self.answers) if found == phase}

    def wait_for(self, count, *, phase):
        """Wait until each client has had this many responses in the phase."""

        def are_there():
            counts = Counter()
            for (number, found, _), times in list(self.answers.items()):
                counts[number] += times if found == phase else 0
            return all(counts[number] >= count for number in range(len(self.threads)))

        servers.wait_for(are_there, seconds=120, message=f"a client had fewer than {count} answers")


def test_no_request_succeeds_after_a_deactivation(site):
    """Five sessions, three personal tokens and an invitation are in use while SCIM deactivates their user."""
    organization = factories.make_organization()
    factories.make_admin(organization, "alice@example.com")
    account, _ = factories.make_admin(organization, "neo@example.com")
    cookies = [factories.browser(account).cookies["session"].value for _ in range(5)]
    scopes = [Scope.SCIM_READ, Scope.SCIM_WRITE]
    own = [factories.make_token(organization, user=account.user, scopes=scopes)[1] for _ in range(3)]
    _, directory = factories.make_token(organization)
    base = f"/v1/scim/{organization.pk}/Users"
    calls = [("/users/", {"Cookie": f"session={cookie}"}) for cookie in cookies]
    calls += [(f"{base}?count=1", {"Authorization": f"Bearer {secret}"}) for secret in own]
    calls.append((f"/invitations/{invited(account.user)}/", {}))
    with Load(site, calls) as load:
        load.wait_for(6 * SCALE, phase="before")
        load.phase = "meanwhile"
        with httpx2.Client(base_url=site, headers={"Authorization": f"Bearer {directory}"}, timeout=30) as http:
            body = factories.patch_body({"op": "replace", "path": "active", "value": False})
            assert http.patch(f"{base}/{account.user_id}", json=body).status_code == 200
        load.phase = "after"
        load.wait_for(6 * SCALE, phase="after")
    assert load.statuses("before") == {200}
    assert load.statuses("after") == {302, 401, 404}
    event = AuditEvent.objects.get(action="user.deactivated")
    assert event.details["revoked"] == {"tokens": 3, "sessions": 5, "invitations": 1}


def test_clock_400_days_ahead_deletes_nobody_early(tmp_path):
    """The database computes the retention period, so a wrong date of a worker, scheduler or command has no effect."""
    organization = factories.make_organization()
    due = {user.pk for user in due_users(organization, 3)}
    early = [factories.make_user(organization, f"early{index}@example.com") for index in range(3)]
    for user in early:
        delete_user(user, actor=factories.COMMAND)
    User.objects.filter(pk=early[0].pk).update(deactivated_at=Now() - timedelta(days=29, hours=23, minutes=50))
    ahead = {"PYTHONPATH": str(servers.ROOT / "tests" / "ahead")}
    with servers.background(tmp_path, **ahead):
        servers.wait_for(lambda: PurgedUser.objects.count() == len(due))
        servers.wait_for(lambda: ScheduledJob.objects.get(pk="purge_users").runs > 3)
    command = [sys.executable, "manage.py", "shell", "--verbosity=0", "-c", "import time; print(time.time())"]
    env = servers.environment(**ahead, DJANGO_SETTINGS_MODULE="controlhub.settings", VAR_DIR=str(tmp_path))
    told = subprocess.run(command, cwd=servers.ROOT, env=env, check=True, capture_output=True, text=True)
    assert float(told.stdout) > time.time() + 399 * 86_400, "the clock of these processes really is ahead"
    command = [sys.executable, "manage.py", "purge_users"]
    subprocess.run(command, cwd=servers.ROOT, env=env, check=True, capture_output=True)
    assert set(PurgedUser.objects.values_list("pk", flat=True)) == due
    assert set(User.objects.values_list("pk", flat=True)) == {user.pk for user in early}


def test_killed_purge_continues_and_loses_nobody(tmp_path):
    """`kill -9` for worker and scheduler in the middle. In the end, the due users are purged with one event each."""
    organization = factories.make_organization()
    due = {user.pk for user in due_users(organization, 500 * SCALE)}
    kept = {factories.make_user(organization, f"kept{index}@example.com").pk for index in range(5)}
    interrupted = 0
    for _ in range(3 * SCALE):
        gone = PurgedUser.objects.count()
        with servers.background(tmp_path) as processes:
            servers.wait_for(lambda gone=gone: PurgedUser.objects.count() > gone)
            for process in processes:
                os.kill(process.pid, signal.SIGKILL)
                process.wait()
        if PurgedUser.objects.count() == len(due):
            break
        interrupted += 1
    assert interrupted, "the purge was over before it could be killed"
    with servers.background(tmp_path):
        servers.wait_for(lambda: PurgedUser.objects.count() == len(due), message="not all were purged")
    assert set(User.objects.values_list("pk", flat=True)) == kept
    told = list(AuditEvent.objects.filter(action="user.purged").values_list("target_id", flat=True))
    assert sorted(told) == sorted(map(str, due))


def test_requests_continue_without_the_broker_and_jobs_resume_with_it(tmp_path):
    organization = factories.make_organization()
    _, secret = factories.make_token(organization)
    port = servers.free_port()
    url = f"redis://127.0.0.1:{port}/0"
    path = f"/v1/scim/{organization.pk}/Users"

    def write(http, name):
        for index in range(WRITES):
            assert http.post(path, json={"userName": f"{name}{index}@example.com"}).status_code == 201

    def purged():
        return PurgedUser.objects.count()

    headers = {"Authorization": f"Bearer {secret}"}
    with (
        servers.web_server(REDIS_URL=url) as server,
        servers.background(tmp_path, broker=url),
        httpx2.Client(base_url=server, headers=headers) as http,
    ):
        with servers.redis(port, tmp_path):
            write(http, "with")
            first = len(due_users(organization, 3))
            servers.wait_for(lambda: purged() == first, message="the worker did not begin")
            redis.Redis.from_url(url).flushall()
        write(http, "without")
        later = User.objects.get(user_name_key="without0@example.com")
        delete_user(later, actor=factories.COMMAND)
        User.objects.filter(pk=later.pk).update(deactivated_at=Now() - timedelta(days=31))
        with servers.redis(port, tmp_path):
            servers.wait_for(lambda: purged() == first + 1, message="the jobs did not come back")
    assert User.objects.in_organization(organization).count() == 2 * WRITES - 1
