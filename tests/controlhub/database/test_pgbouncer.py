"""The whole product behind PgBouncer in transaction mode: web server, worker and scheduler share two connections."""

import json
from contextlib import ExitStack, suppress
from datetime import timedelta

import httpx2
import psycopg
import pytest
from django.db.models.functions import Now

from audit.models import AuditEvent, AuditLeaf
from audit.verification import faults
from controlhub.actions.users import delete_user
from controlhub.models import User
from tests import factories, pages, servers
from tests.clients.test_conversations import FOLDER, replay
from tests.conftest import cannot_run
from tests.threads import at_once

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]
POOL = 2


@pytest.fixture
def pooler():
    if not servers.PGBOUNCER:
        cannot_run("pgbouncer is not installed")
    with servers.pgbouncer(pool_size=POOL) as address:
        yield {"DATABASE_URL": address, "DATABASE_POOLER": "transaction"}


class HttpClient:
    """Like tests.conftest.ScimClient, but over HTTP."""

    def __init__(self, server, organization):
        _, secret = factories.make_token(organization)
        headers = {"Authorization": f"Bearer {secret}"}
        self.http = httpx2.Client(base_url=f"{server}/v1/scim/{organization.pk}", headers=headers, timeout=60)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.http.close()

    def call(self, method, path, body=None, *, content_type="application/scim+json", **headers):
        content = json.dumps(body) if isinstance(body, dict | list) else body
        answer = self.http.request(method, path, content=content, headers={"Content-Type": content_type, **headers})
        answer.document = answer.json() if answer.content else None
        return answer


def sessions(address):
    """For each server connection of the pool: state left behind by other clients."""
    left = """SELECT pg_backend_pid(), current_setting('statement_timeout'), current_setting('lock_timeout'),
        current_setting('jit'), (SELECT count(*) FROM pg_prepared_statements),
        (SELECT count(*) FROM pg_cursors),
        (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid())"""
    options = {"prepare_threshold": None}
    with psycopg.connect(address, **options) as one, psycopg.connect(address, **options) as two:
        return [client.execute(left).fetchone() for client in (one, two)]


def assert_clean(address):
    """Retries, because on a busy machine PgBouncer may give up before it has opened its second connection."""

    def answered():
        with suppress(psycopg.errors.ProtocolViolation):
            return sessions(address)

    first, second = servers.wait_for(answered, message="the pool had no two connections")
    assert first[0] != second[0], "both connections of the pool were asked"
    assert first[1:] == second[1:] == ("0", "0", "on", 0, 0, 0)


@pytest.mark.parametrize("file", ["entra", "okta_put"])
def test_recorded_conversations_work_behind_pgbouncer(pooler, file):
    organization = factories.make_organization()
    with servers.web_server(**pooler) as server, HttpClient(server, organization) as client:
        replay(json.loads((FOLDER / f"{file}.json").read_text()), client)
        assert_clean(pooler["DATABASE_URL"])


def test_portal_works_behind_pgbouncer(pooler, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]  # same as the web server
    organization = factories.make_organization()
    admin, password = factories.make_admin(organization)
    factories.make_user(organization, "trinity@example.com")
    with servers.web_server(**pooler) as server, httpx2.Client(base_url=server, timeout=60) as browser:
        form = pages.read(browser.get("/sign-in/").text).form("/sign-in/")
        filled = {**form.fields, "login": admin.sign_in_address, "password": password}
        proof = {"Origin": server, "X-CSRFToken": browser.cookies["csrf"]}
        answer = browser.post("/sign-in/", data=filled, headers=proof)
        assert answer.status_code == 302, answer.text
        users = browser.get("/users/")
        assert "trinity@example.com" in pages.read(users.text).text
        assert_clean(pooler["DATABASE_URL"])


def test_jobs_work_behind_pgbouncer(pooler, tmp_path):
    organization = factories.make_organization()
    users = [factories.make_user(organization, f"user{index}@example.com") for index in range(5)]
    for user in users:
        delete_user(user, actor=factories.COMMAND)
    User.objects.filter(pk__in=[user.pk for user in users]).update(deactivated_at=Now() - timedelta(days=31))
    with servers.background(tmp_path, **pooler):
        servers.wait_for(lambda: not User.objects.exists(), message="nobody was purged")
        unsealed = AuditEvent.objects.exclude(pk__in=AuditLeaf.objects.values("event_id"))
        servers.wait_for(lambda: not unsealed.exists(), message="events were not sealed")
        assert_clean(pooler["DATABASE_URL"])
    assert AuditEvent.objects.filter(action="user.purged").count() == 5
    assert list(faults(organization.pk)) == []


def test_concurrent_organizations_see_only_their_own_users(pooler):
    """More clients than connections, with writes in transactions and reads outside of them."""
    organizations = [factories.make_organization(name) for name in ("Zion", "Machine City")]
    with servers.web_server(**pooler) as server, ExitStack() as stack:
        clients = [
            stack.enter_context(HttpClient(server, organization)) for organization in organizations for _ in range(4)
        ]

        def work(index):
            client, own = clients[index], f"{organizations[index // 4].pk}.example"
            for number in range(15):
                name = f"user{index}.{number}@{own}"
                made = client.call("POST", "/Users", {"userName": name})
                assert made.status_code == 201, made.text
                path = f"/Users/{made.document['id']}"
                rename = factories.patch_body({"op": "replace", "path": "title", "value": name})
                assert client.call("PATCH", path, rename).document["title"] == name
                found = client.call("GET", "/Users?count=100").document["Resources"]
                assert {user["userName"].partition("@")[2] for user in found} == {own}
                assert client.call("GET", path).document["userName"] == name

        at_once(len(clients), work)
        assert_clean(pooler["DATABASE_URL"])
    assert [User.objects.in_organization(organization).count() for organization in organizations] == [60, 60]


def test_lock_timeout_applies_behind_pgbouncer(pooler):
    """A locked row causes 503 because of our lock_timeout, which is not set by a startup option."""
    organization = factories.make_organization()
    user = factories.make_user(organization)
    rename = factories.patch_body({"op": "replace", "path": "title", "value": "Ms."})
    with (
        servers.web_server(**pooler) as server,
        HttpClient(server, organization) as client,
        psycopg.connect(servers.database_url()) as other,
    ):
        other.execute("SELECT 1 FROM controlhub_user WHERE id = %s FOR UPDATE", [user.pk])
        assert client.call("PATCH", f"/Users/{user.pk}", rename).status_code == 503
        other.rollback()


def occupy(url, stack):
    """Hold one connection of the pool, once the newly started web server leaves one free."""
    for _ in range(10):
        other = stack.enter_context(psycopg.connect(url))
        with suppress(psycopg.errors.ProtocolViolation):
            other.execute("SELECT 1")
            return other
    raise AssertionError("the web server keeps the whole pool")


def test_exhausted_pool_causes_503(pooler):
    organization = factories.make_organization()
    with servers.web_server(**pooler) as server, HttpClient(server, organization) as client, ExitStack() as stack:
        others = [occupy(pooler["DATABASE_URL"], stack) for _ in range(POOL)]
        assert client.call("GET", "/Users").status_code == 503
        for other in others:
            other.rollback()
        assert client.call("GET", "/Users").status_code == 200


def test_times_are_correct_if_the_server_has_another_time_zone(pooler):
    """The server uses a different time zone. Ours is sent with the connection to the pooler."""
    organization = factories.make_organization()
    user = factories.make_user(organization)
    name = psycopg.conninfo.conninfo_to_dict(pooler["DATABASE_URL"])["dbname"]
    with psycopg.connect(servers.database_url(), autocommit=True) as admin:
        admin.execute(f"ALTER DATABASE {name} SET TimeZone = 'Asia/Tokyo'")
        try:
            with servers.web_server(**pooler) as server, HttpClient(server, organization) as client:
                read = client.call("GET", f"/Users/{user.pk}").document
                made = client.call("POST", "/Users", {"userName": "later@example.com"}).document
        finally:
            admin.execute(f"ALTER DATABASE {name} RESET TimeZone")
    for document in (read, made):
        created = User.objects.get(pk=document["id"]).created_at
        assert document["meta"]["created"].startswith(f"{created:%Y-%m-%dT%H:%M:%S}")
