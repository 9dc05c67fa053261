"""Two machines on one PostgreSQL and one Redis: an action on one takes effect on the other immediately.

Each has its own VAR_DIR and runs a web server, or a worker and a scheduler, with the official commands.
"""

import sys
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import partial

import httpx2
import pytest
from django.db.models.functions import Now

from audit.models import AuditEvent, AuditLeaf
from audit.verification import faults
from controlhub import settings as product
from controlhub.actions.organizations import change_policies
from controlhub.actions.users import delete_user
from controlhub.models import User
from controlhub.schedule.queues import Queue
from tests import factories, pages, servers

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]
PUBLIC_URL = "http://hub.example.com"
# The queues for purging and sealing. The others have nothing to do.
BACKGROUND = ["beat", Queue.CORE.value]


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory):
    port = servers.free_port()
    with servers.redis(port, tmp_path_factory.mktemp("redis")):
        yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def node(folder, names, redis_url):
    """One machine: the URL of its web server, and its processes by name."""
    port = servers.free_port()
    folder.mkdir()
    (folder / "static").symlink_to(servers.collected_static() / "static")
    env = servers.environment(
        DJANGO_SETTINGS_MODULE="controlhub.settings",
        VAR_DIR=str(folder),
        PORT=str(port),
        WEB_WORKERS="1",
        PUBLIC_URL=PUBLIC_URL,
        REDIS_URL=redis_url,
        PURGE_INTERVAL="1",
        AUDIT_SEAL_INTERVAL="1",
    )
    with ExitStack() as stack:
        log = stack.enter_context((folder / "log").open("ab"))
        start = partial(servers.process, env=env, stdout=log, stderr=log)
        command = [sys.executable, "-m", "controlhub.launch"]
        processes = {name: stack.enter_context(start(*command, name)) for name in names}
        address = f"http://127.0.0.1:{port}"
        if "web" in names:
            servers.wait_for(lambda: servers.answers(f"{address}/health/ready"), seconds=90, message="it did not start")
        yield address, processes


@pytest.fixture(scope="module")
def web(tmp_path_factory, redis_url, django_db_setup):
    """The URLs of two web servers."""
    folder = tmp_path_factory.mktemp("web")
    with node(folder / "1", ["web"], redis_url) as (one, _), node(folder / "2", ["web"], redis_url) as (two, _):
        yield one, two


@contextmanager
def client(secret=None):
    """A client for both nodes, as if they had one address: cookies do not depend on the port."""
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    with httpx2.Client(headers=headers, timeout=60) as http:
        yield http


def sign_in(browser, server, address, password):
    form = pages.read(browser.get(f"{server}/sign-in/").text).form("/sign-in/")
    return submit(browser, f"{server}/sign-in/", {**form.fields, "login": address, "password": password})


def submit(browser, url, data):
    return browser.post(url, data=data, headers={"Origin": PUBLIC_URL, "X-CSRFToken": browser.cookies["csrf"]})


@pytest.fixture
def people(settings):
    """An organization with two administrators, each with the password."""
    settings.PASSWORD_HASHERS = product.PASSWORD_HASHERS
    organization = factories.make_organization()
    return organization, *(factories.make_admin(organization, f"{name}@example.com") for name in ("neo", "trinity"))


def test_sign_in_and_sign_out_apply_to_both_nodes(web, people):
    one, two = web
    _, (neo, password), _ = people
    with client() as browser:
        assert sign_in(browser, one, neo.sign_in_address, password).status_code == 302
        assert [browser.get(f"{server}/users/").status_code for server in web] == [200, 200]
        assert submit(browser, f"{two}/sign-out/", {}).status_code == 302
        assert [browser.get(f"{server}/users/").status_code for server in web] == [302, 302]


def test_deactivation_ends_sessions_and_tokens_on_the_other_node(web, people):
    one, two = web
    organization, (neo, password), _ = people
    _, scim = factories.make_token(organization)
    _, own = factories.make_token(organization, user=neo.user)
    users = f"/v1/scim/{organization.pk}/Users"
    with client() as browser, client(own) as tool, client(scim) as provider:
        assert sign_in(browser, one, neo.sign_in_address, password).status_code == 302
        assert tool.get(one + users).status_code == 200
        inactive = factories.patch_body({"op": "replace", "path": "active", "value": False})
        assert provider.patch(f"{two}{users}/{neo.user_id}", json=inactive).status_code == 200
        assert browser.get(f"{one}/users/").status_code == 302
        assert [tool.get(server + users).status_code for server in web] == [401, 401]


def test_rate_limits_count_attempts_on_both_nodes(web, people):
    _, (neo, password), _ = people
    with client() as browser:
        tries = [sign_in(browser, web[number % 2], neo.sign_in_address, "wrong").status_code for number in range(10)]
        assert tries == [401] * 10
        assert [sign_in(browser, server, neo.sign_in_address, password).status_code for server in web] == [429, 429]


def test_policies_apply_to_both_nodes(web):
    organization = factories.make_organization()
    users = [factories.make_user(organization, f"user{number}@example.com") for number in range(4)]
    _, secret = factories.make_token(organization)
    path = f"/v1/scim/{organization.pk}/Users"
    with client(secret) as provider:
        for policy, found in (("purge", 0), ("soft", 2)):
            change_policies(organization, changes={"scim_delete": policy}, actor=factories.COMMAND)
            for server in web:
                assert provider.delete(f"{server}{path}/{users.pop().pk}").status_code == 204
            assert User.objects.in_organization(organization).filter(active=False).count() == found


def test_each_job_runs_once_and_also_with_only_one_node(tmp_path, redis_url):
    organization = factories.make_organization()
    change_policies(organization, changes={"purge_floor": 100_000}, actor=factories.COMMAND)

    def due(number, prefix):
        users = [factories.make_user(organization, f"{prefix}{index}@example.com") for index in range(number)]
        for user in users:
            delete_user(user, actor=factories.COMMAND)
        User.objects.filter(pk__in=[user.pk for user in users]).update(deactivated_at=Now() - timedelta(days=31))

    def is_done():
        unsealed = AuditEvent.objects.exclude(pk__in=AuditLeaf.objects.values("event_id"))
        return not User.objects.filter(active=False).exists() and not unsealed.exists()

    due(30, "first")
    with node(tmp_path / "2", BACKGROUND, redis_url):
        with node(tmp_path / "1", BACKGROUND, redis_url) as (_, processes):
            servers.wait_for(is_done, seconds=90, message="the purge was not done")
            assert {process.poll() for process in processes.values()} == {None}
            due(30, "second")
        servers.wait_for(is_done, seconds=90, message="the other node did not go on")
    assert AuditEvent.objects.filter(action="user.purged").count() == 60
    assert list(faults(organization.pk)) == []
