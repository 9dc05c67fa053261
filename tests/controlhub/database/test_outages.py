"""Database failures that are not caused by the request: 503 with `Retry-After`, and reads keep working."""

import base64
import json
import logging
from contextlib import contextmanager

import psycopg
import pytest
from django.db import Error, OperationalError, connection
from django.test import Client

from controlhub.actions.bulk_requests import begin_bulk_request
from controlhub.actions.connections import issue_client_secret
from controlhub.database import outages
from controlhub.models import AccessToken, PagePosition, User
from tests import factories, servers
from tests.conftest import ScimClient

pytestmark = pytest.mark.django_db(transaction=True)

WORDS = {
    "08000": "connection lost",
    "08003": "connection lost",
    "08006": "connection lost",
    "23503": "lost a race",
    "25006": "read-only",
    "25P03": "idle in a transaction",
    "40001": "lost a race",
    "40P01": "lost a race",
    "53000": "out of resources",
    "53100": "disk full",
    "53200": "out of memory",
    "53300": "too many connections",
    "55006": "object in use",
    "55P03": "lock wait",
    "57014": "statement timeout",
    "57P01": "shutting down",
    "57P02": "crashed",
    "57P03": "starting up, shutting down or recovering",
    "57P04": "dropped",
    "57P05": "idle for too long",
    "58000": "input/output error",
    "58030": "input/output error",
}
NOT_OUTAGES = ["22001", "23505", "42501", "42P01", "P0001"]


def raise_in_database(execute, state):
    return execute(f"DO $$ BEGIN RAISE 'no' USING ERRCODE = '{state}'; END $$", None, False, {"connection": connection})


@contextmanager
def failing(state):
    """Make every statement fail in the database with this SQLSTATE."""
    with connection.execute_wrapper(lambda execute, *_: raise_in_database(execute, state)):
        yield


@pytest.mark.parametrize("state", WORDS)
def test_outage_has_a_readable_reason(state):
    with failing(state), pytest.raises(Error) as caught:
        User.objects.count()
    assert WORDS[state] in outages.reason_of(caught.value)
    assert state in outages.reason_of(caught.value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("FATAL:  query_wait_timeout", "pool exhausted (08P01)"),
        ("FATAL:  no more connections allowed (max_client_conn)", "pool exhausted (08P01)"),
        ("FATAL:  server login has been failing, try again later (server_login_retry)", "the pooler cannot reach"),
        ("FATAL:  pgbouncer cannot connect to server", "the pooler cannot reach"),
        ("something else", "connection lost (08P01)"),
    ],
)
def test_pooler_failure_has_a_readable_reason(text, reason):
    error = OperationalError(text)
    error.__cause__ = psycopg.errors.lookup("08P01")(text)
    assert outages.reason_of(error).startswith(reason)


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        ("pg_terminate_backend", "terminated by an administrator, or shutting down (57P01)"),
        ("pg_cancel_backend", "canceled by an administrator (57014)"),
    ],
)
def test_cancelled_statement_has_a_readable_reason(function, reason):
    with connection.cursor() as cursor, pytest.raises(Error) as caught:
        cursor.execute(f"SELECT {function}(pg_backend_pid()), pg_sleep(5)")
    assert outages.reason_of(caught.value) == reason
    connection.close()


@pytest.mark.parametrize("state", NOT_OUTAGES)
def test_error_caused_by_the_request_is_not_an_outage(state):
    with failing(state), pytest.raises(Error) as caught:
        User.objects.count()
    assert outages.reason_of(caught.value) is None


@pytest.fixture
def surfaces(organization, scim, portal):
    """One request for each kind of URL, by name."""
    _, secret = factories.make_token(organization)
    client = AccessToken.objects.latest("created_at").connection
    pair = base64.b64encode(f"{client.pk}:{issue_client_secret(client, actor=factories.COMMAND)}".encode()).decode()
    portal.raise_request_exception = False
    anonymous = Client(raise_request_exception=False)
    user = factories.make_user(organization, "trinity@example.com")
    assert scim.get("/Users").status_code == 200, "the token is remembered from now on"
    return {
        "SCIM list": lambda: scim.get("/Users"),
        "SCIM list, token not yet seen": lambda: ScimClient(organization, secret).get("/Users"),
        "SCIM write": lambda: scim.patch(f"/Users/{user.pk}", {"op": "replace", "path": "title", "value": "x"}),
        "portal page": lambda: portal.get("/users/"),
        "portal form": lambda: portal.post(f"/users/{user.pk}/deactivate/"),
        "sign-in": lambda: anonymous.post("/sign-in/", {"login": "neo@example.com", "password": "x"}),
        "token endpoint": lambda: anonymous.post(
            "/oauth/token",
            "grant_type=client_credentials",
            content_type="application/x-www-form-urlencoded",
            headers={"Authorization": f"Basic {pair}"},
        ),
        "readiness": lambda: anonymous.get("/health/ready"),
    }


def test_every_kind_of_url_responds_to_an_outage_with_503(surfaces, caplog):
    with caplog.at_level(logging.WARNING):
        for state, words in WORDS.items():
            for name, ask in surfaces.items():
                if state == "57014" and name.startswith("SCIM list"):
                    continue  # 400 tooMany: tests/scim/api/test_errors.py
                caplog.clear()
                with failing(state):
                    answer = ask()
                assert answer.status_code == 503, (name, state, answer.content[:200])
                assert int(answer["Retry-After"]) > 0, (name, state)
                assert words in caplog.text, (name, state)


def test_outage_while_saving_the_session_causes_503(portal, monkeypatch, settings):
    """This happens after the view, outside of it."""
    portal.raise_request_exception = False

    def save(*_args, **_kwargs):
        raise_in_database(lambda sql, *_: connection.cursor().execute(sql), "25006")

    monkeypatch.setattr("controlhub.models.sessions.SessionStore.save", save)
    settings.SESSION_SAVE_EVERY_REQUEST = True
    answer = portal.get("/users/")
    assert (answer.status_code, "Retry-After" in answer) == (503, True)


# --- Read-only ---------------------------------------------------------------------------------------


@pytest.fixture(params=["announced", "not announced"])
def read_only(request, monkeypatch):
    """Call it to make the connection read-only. A pooler does not report that the server is."""
    if request.param == "not announced":
        monkeypatch.setattr(outages, "is_read_only", lambda: False)

    def begin():
        with connection.cursor() as cursor:
            cursor.execute("SET default_transaction_read_only = on")

    yield begin
    connection.close()


def search(scim, path, body):
    return scim.post(path, {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], **body})


READS = {
    "list": lambda scim, _: scim.get("/Users"),
    "full page": lambda scim, _: scim.get("/Users?count=2"),
    "next page": lambda scim, _: scim.get("/Users?count=2&startIndex=3"),
    "filtered page": lambda scim, _: scim.get('/Users?count=2&filter=title eq "Mr."'),
    "filtered next page": lambda scim, _: scim.get('/Users?count=2&startIndex=3&filter=title eq "Mr."'),
    "sorted": lambda scim, _: scim.get("/Users?count=2&sortBy=displayName"),
    "cursor": lambda scim, _: scim.get("/Users?count=2&cursor="),
    "by name": lambda scim, _: scim.get('/Users?filter=userName eq "user1@example.com"'),
    "search": lambda scim, _: search(scim, "/Users/.search", {"count": 2}),
    "search everywhere": lambda scim, _: search(scim, "/.search", {"count": 2}),
    "everything": lambda scim, _: scim.get("?count=2"),
    "one": lambda scim, user: scim.get(f"/Users/{user.pk}"),
    "groups": lambda scim, _: scim.get("/Groups?count=1"),
    "members": lambda scim, _: scim.get(
        f"/Groups/{json.loads(scim.get('/Groups').content)['Resources'][0]['id']}/Members"
    ),
    "schemas": lambda scim, _: scim.get("/Schemas"),
    "OpenAPI": lambda scim, _: scim.get("/openapi.json"),
}


def without_cursor(answer):
    """The body without cursors, which are encrypted differently each time."""
    body = json.loads(answer.content)
    return {name: value for name, value in body.items() if name != "nextCursor"} if "nextCursor" in body else body


@pytest.fixture
def users(organization, scim):
    people = [factories.make_user(organization, f"user{index}@example.com", title="Mr.") for index in range(5)]
    for name in ("one", "two"):
        group = {"displayName": name, "members": [{"value": str(people[0].pk)}]}
        assert scim.post("/Groups", group).status_code == 201
    return people


def test_reads_work_while_the_database_is_read_only(organization, scim, users, read_only):
    expected = {name: without_cursor(read(scim, users[0])) for name, read in READS.items()}
    PagePosition.objects.all().delete()
    unused = ScimClient(organization, factories.make_token(organization)[1])
    read_only()
    for client in (scim, unused):
        for name, read in READS.items():
            answer = read(client, users[0])
            assert (answer.status_code, without_cursor(answer)) == (200, expected[name]), name
    assert not PagePosition.objects.exists()


WRITES = {
    "create": lambda scim, _: scim.post("/Users", {"userName": "new@example.com"}),
    "replace": lambda scim, user: scim.put(f"/Users/{user.pk}", {"userName": "new@example.com"}),
    "patch": lambda scim, user: scim.patch(f"/Users/{user.pk}", {"op": "replace", "path": "active", "value": False}),
    "delete": lambda scim, user: scim.delete(f"/Users/{user.pk}"),
    "create a group": lambda scim, user: scim.post(
        "/Groups", {"displayName": "n", "members": [{"value": str(user.pk)}]}
    ),
}


def test_writes_get_503_while_the_database_is_read_only(organization, scim, users, read_only, caplog):
    before = sorted(User.objects.values_list("pk", "document"))
    unused = ScimClient(organization, factories.make_token(organization)[1])
    read_only()
    for client in (scim, unused):
        for name, write in WRITES.items():
            caplog.clear()
            answer = write(client, users[0])
            assert answer.status_code == 503, (name, answer.content)
            assert int(answer["Retry-After"]) > 0
            assert "read-only (25006)" in caplog.text
    assert sorted(User.objects.values_list("pk", "document")) == before


def bulk_of(users):
    operations = [
        *(
            {"method": "POST", "path": "/Users", "bulkId": f"{n}", "data": {"userName": f"b{n}@x.org"}}
            for n in range(3)
        ),
        *({"method": "DELETE", "path": f"/Users/{user.pk}"} for user in users),
    ]
    return {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations}


def test_bulk_request_gets_503_while_the_database_is_read_only(scim, users, read_only):
    read_only()
    answer = scim.post("/Bulk", bulk_of(users))
    assert (answer.status_code, int(answer["Retry-After"]) > 0) == (503, True)


def test_every_operation_gets_503_once_the_database_becomes_read_only(scim, users, read_only, monkeypatch):
    """Including operations in a batch, and those that are not attempted after the first failure."""

    def begin_and_lose(*args, **kwargs):
        actor = begin_bulk_request(*args, **kwargs)
        read_only()
        return actor

    monkeypatch.setattr("scim.api.bulk.begin_bulk_request", begin_and_lose)
    answer = scim.post("/Bulk", bulk_of(users))
    assert [operation["status"] for operation in answer.document["Operations"]] == ["503"] * 8


PAGES = ["/users/", "/users/?q=user1", "/users/deleted/", "/administrators/", "/organization/", "/jobs/",
         "/provisioning/", "/schemas/", "/audit/", "/account/", "/purges/", "/sign-on/"]  # fmt: skip


def test_pages_work_and_forms_get_503_while_the_database_is_read_only(portal, users, read_only):
    portal.raise_request_exception = False
    expected = {page: portal.get(page).status_code for page in PAGES}
    assert set(expected.values()) == {200}, expected
    read_only()
    assert {page: portal.get(page).status_code for page in PAGES} == expected
    answer = portal.post(f"/users/{users[0].pk}/deactivate/")
    assert (answer.status_code, "Retry-After" in answer) == (503, True)
    assert User.objects.get(pk=users[0].pk).active


def test_read_only_database_is_not_ready(client, read_only):
    assert client.get("/health/ready").status_code == 200
    read_only()
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.content) == (503, b"the database is read-only")
    assert client.get("/health/live").status_code == 200


# --- Locks ---------------------------------------------------------------------------------------------


@contextmanager
def locked(table):
    """Lock all rows of the table in another connection."""
    with psycopg.connect(servers.database_url()) as other:
        assert other.execute(f"SELECT count(*) FROM (SELECT 1 FROM {table} FOR UPDATE) AS held").fetchone()[0]
        yield
        other.rollback()


@pytest.fixture
def impatient():
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '50ms'")
    yield
    connection.close()


def test_write_gives_up_on_a_locked_row(scim, users, impatient, caplog):
    with locked("controlhub_user"):
        for name in ("replace", "patch", "delete"):
            caplog.clear()
            answer = WRITES[name](scim, users[0])
            assert (answer.status_code, "Retry-After" in answer) == (503, True), name
            assert "lock wait (55P03)" in caplog.text
        assert READS["list"](scim, users[0]).status_code == 200
    assert WRITES["patch"](scim, users[0]).status_code == 200


def test_bulk_request_waits_for_locks_only_once(scim, users, impatient, django_assert_max_num_queries):
    operations = [{"method": "DELETE", "path": f"/Users/{user.pk}"} for user in users]
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations}
    with locked("controlhub_user"), django_assert_max_num_queries(8):
        answer = scim.post("/Bulk", body)
    assert [operation["status"] for operation in answer.document["Operations"]] == ["503"] * 5


@pytest.mark.parametrize("table", ["controlhub_accesstoken", "controlhub_pageposition"])
def test_reads_do_not_wait_for_rows_that_they_update(organization, scim, users, impatient, table):
    unused = ScimClient(organization, factories.make_token(organization)[1])
    for client in (scim, unused):
        assert client.get("/Users?count=2").status_code == 200
    AccessToken.objects.update(last_used_at=None)
    PagePosition.objects.update(noted_at="2026-01-01T00:00:00Z")
    with locked(table):
        for client in (scim, unused):
            assert client.get("/Users?count=2").status_code == 200
            assert client.get('/Users?count=2&filter=title eq "Mr."').status_code == 200
