"""The content of /metrics, who may read it, and its behavior when something else fails."""

from functools import cache

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import Error, connection
from django.db.models.functions import Now
from django.test import Client

from controlhub.actions.users import delete_user
from controlhub.env import optional_secret
from controlhub.metrics import database, instruments, page
from controlhub.models import OutgoingMail, PurgeRun, PurgeState, ScheduledJob
from controlhub.sql.statements import fetch_rows
from controlhub.tasks import report_overdue_jobs, seal_audit
from tests import factories
from tests.controlhub.database.test_outages import failing
from tests.controlhub.metrics.conftest import BEARER

pytestmark = pytest.mark.django_db


# --- Who may read it -----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["get", "head", "post"])
def test_page_does_not_exist_without_the_setting(method):
    assert getattr(Client(), method)("/metrics", headers=BEARER).status_code == 404


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer wrong", BEARER["Authorization"] + "x", "Bearer é"])
def test_page_requires_the_token(site, header):
    answer = site.get("/metrics", headers={"Authorization": header} if header is not None else {})
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="metrics"')
    assert b"controlhub" not in answer.content


def test_scim_token_and_session_are_not_accepted(site, organization, admin):
    _, secret = factories.make_token(organization)
    assert site.get("/metrics", headers={"Authorization": f"Bearer {secret}"}).status_code == 401
    assert factories.browser(admin).get("/metrics").status_code == 401


def test_page_is_read_only(site):
    assert site.post("/metrics", headers=BEARER).status_code == 405
    answer = site.get("/metrics", headers=BEARER)
    assert answer["Content-Type"].startswith("text/plain")
    assert answer["Cache-Control"] == "no-store"


def test_short_token_is_refused_at_startup(monkeypatch, tmp_path):
    monkeypatch.setenv("METRICS_TOKEN", "short")
    with pytest.raises(ImproperlyConfigured, match="METRICS_TOKEN is too short"):
        optional_secret("METRICS_TOKEN", at_least=16)
    monkeypatch.delenv("METRICS_TOKEN")
    assert optional_secret("METRICS_TOKEN", at_least=16) == ""
    (tmp_path / "token").write_text("long enough for a secret\n")
    monkeypatch.setenv("METRICS_TOKEN_FILE", str(tmp_path / "token"))
    assert optional_secret("METRICS_TOKEN", at_least=16) == "long enough for a secret"


# --- Requests ------------------------------------------------------------------------------------------


def test_requests_are_counted_by_kind(site, scrape, organization):
    base = f"/v1/scim/{organization.pk}/Users"
    users = {"kind": "scim", "resource": "Users", "method": "GET"}
    health = {"kind": "health", "resource": "", "method": "GET"}
    before = scrape()
    for _ in range(3):
        assert site.get(base).status_code == 401
    site.get("/health/live")
    after = scrape()

    def more(name, **labels):
        return after.value(name, **labels) - before.value(name, **labels)

    assert more("request_seconds_count", **users) == 3
    assert more("request_seconds_bucket", **users, le="30.0") == 3
    assert more("request_errors_total", **users, status="4xx") == 3
    assert more("request_seconds_count", **health) == 1
    assert more("request_errors_total", **health, status="4xx") == 0


def test_no_label_contains_an_identifier_or_a_name(site, scrape, organization, scim):
    def labels():
        """Leaves out the buckets, because they depend on the duration of a request."""
        return {(name, frozenset(pair for pair in found if pair[0] != "le")) for name, found in scrape()}

    before = labels()
    for number in range(50):
        site.get(f"/v1/scim/{organization.pk}/Type{number}/{number}")
        site.get(f"/page{number}/")
        site.generic(f"METHOD{number}", "/")
    new = labels() - before
    assert {name for name, _ in new} <= {
        "controlhub_request_seconds_bucket",
        "controlhub_request_seconds_count",
        "controlhub_request_seconds_sum",
        "controlhub_request_errors_total",
    }
    assert len(new) < 25, "a handful of labels for 150 addresses"


def test_requests_in_flight_and_server_load_are_reported(site, scrape):
    found = scrape()
    assert found.value("web_processes") >= 1
    assert found.value("requests_in_flight") == 1, "the one that asks"
    instruments.report_load(threads=4, busy=3, queued=7)
    found = scrape()
    fields = ("threads", "threads_busy", "queued")
    assert [found.value(f"requests_{field}") for field in fields] == [4, 3, 7]
    instruments.report_load(threads=0, busy=0, queued=0)


def test_server_can_report_its_load_without_the_setting(settings):
    settings.METRICS_TOKEN = ""
    instruments.report_load(threads=4, busy=3, queued=7)


# --- The database and the broker -----------------------------------------------------------------------


def test_jobs_are_reported(site, scrape):
    report_overdue_jobs()
    seal_audit()
    ScheduledJob.objects.filter(name="purge_users").update(
        expected_since="2026-01-01T00:00:00Z", error="ZeroDivisionError"
    )
    found = scrape()
    purge, seal = ({"job": name, "queue": "core"} for name in ("purge_users", "seal_audit"))
    assert [found.value("job_overdue", **labels) for labels in (purge, seal)] == [1, 0]
    assert [found.value("job_failed", **labels) for labels in (purge, seal)] == [1, 0]
    assert [found.value("job_runs_total", **labels) for labels in (purge, seal)] == [0, 1]
    assert found.value("job_age_seconds", **purge) > 86_400 > found.value("job_age_seconds", **seal)


def test_outbox_seals_and_purges_are_reported(site, scrape, organization, at, monkeypatch):
    monkeypatch.setattr(database, "MOST", 3)
    for number in range(5):
        OutgoingMail.objects.create(organization=organization, address="a@example.com", subject="S", body="B")
        delete_user(factories.make_user(organization, f"u{number}@example.com"), actor=factories.COMMAND)
    OutgoingMail.objects.filter(pk=OutgoingMail.objects.first().pk).update(try_at=None, sent_at=Now())
    PurgeRun.objects.create(organization=organization, state=PurgeState.STAGED, due=5, staged_at=Now())
    at(days=29)
    assert scrape().value("purge_due_users") == 0
    at(days=31)
    found = scrape()
    assert found.value("outbox_messages") == 3, "at least"
    assert found.value("audit_unsealed_events") == 3
    assert found.value("purge_due_users") == 3
    assert (found.value("purge_staged_runs"), found.value("purge_staged_users")) == (1, 5)
    seal_audit()
    OutgoingMail.objects.update(try_at=None)
    found = scrape()
    assert (found.value("audit_unsealed_events"), found.value("audit_unsealed_oldest_seconds")) == (0, 0)
    assert found.value("outbox_messages") == 0


def test_database_connections_are_reported(scrape):
    found = scrape()
    assert found.value("database_connections", state="active") >= 1
    assert found.value("database_connections_limit") > 10


def test_messages_of_the_embedded_broker_are_counted(scrape, settings):
    folder = settings.VAR_DIR / "broker" / "queue"
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{number}_x.{queue}.msg" for number, queue in enumerate(["core", "core", "outbound"])]
    for file in files:
        file.touch()
    found = scrape()
    assert [found.value("queue_messages", queue=queue) for queue in ("core", "outbound", "long")] == [2, 1, 0]
    for file in files:
        file.unlink()


def test_unreachable_broker_omits_only_its_part(scrape, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    found = scrape()
    assert found.value("metrics_failed", part="broker") == 1
    assert "controlhub_queue_messages" not in found.names()
    assert "controlhub_job_overdue" in found.names() or ScheduledJob.objects.count() == 0
    assert found.value("database_up") == 1


@pytest.mark.parametrize("state", ["08006", "57P01", "53100"])
def test_broken_database_omits_only_its_parts(scrape, state, django_assert_max_num_queries):
    with failing(state):
        found = scrape()
    assert found.value("database_up") == 0
    assert {part for part in database.PARTS if found.value("metrics_failed", part=part)} == set(database.PARTS)
    assert found.value("request_seconds_count", kind="metrics", resource="", method="GET") >= 0
    assert "controlhub_requests_in_flight" in found.names()
    assert scrape().value("database_up") == 1


@pytest.mark.django_db(transaction=True)
def test_only_a_slow_part_is_omitted(scrape, monkeypatch):
    monkeypatch.setattr(database, "TIMEOUT_MILLISECONDS", 50)
    monkeypatch.setitem(database.PARTS, "outbox", lambda: fetch_rows("SELECT pg_sleep(5)"))
    found = scrape()
    assert found.value("metrics_failed", part="outbox") == 1
    assert "controlhub_outbox_messages" not in found.names()
    assert (found.value("database_up"), found.value("metrics_failed", part="purges")) == (1, 0)
    assert found.value("database_connections_limit") > 10
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",), "the short time is over"


def test_unwritable_folder_omits_only_the_requests(site, settings, monkeypatch, tmp_path):
    (tmp_path / "metrics").write_text("a file in its place")
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(instruments, "_made", cache(instruments._made.__wrapped__))
    answer = site.get("/metrics", headers=BEARER)
    assert answer.status_code == 200
    assert b"controlhub_requests_in_flight" not in answer.content
    assert b"controlhub_database_up 1.0" in answer.content


def plan_of(ask):
    """The plans for the queries of a part, as PostgreSQL would run them on large tables."""
    plans = []

    def explain(execute, sql, params, many, context):
        if sql.lstrip().startswith("SELECT"):
            with connection.cursor() as cursor:
                connection.execute_wrappers.remove(explain)
                cursor.execute(f"EXPLAIN {sql}", params)
                plans.extend(row[0] for row in cursor.fetchall())
                connection.execute_wrappers.append(explain)
        return execute(sql, params, many, context)

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off")
    with connection.execute_wrapper(explain):
        list(ask())
    return "\n".join(plans)


@pytest.mark.parametrize(
    ("part", "indexes"),
    [
        ("outbox", ["mail_to_send"]),
        ("seals", ["audit_auditevent_pkey", "audit_leaf_pkey"]),
        ("purges", ["purge_run_open"]),
    ],
)
def test_no_part_scans_a_whole_table(organization, part, indexes):
    factories.make_user(organization)
    plan = plan_of(database.PARTS[part])
    assert "Seq Scan" not in plan
    for index in indexes:
        assert index in plan, plan


def test_programming_error_is_not_hidden(site):
    with pytest.raises(ZeroDivisionError):
        page.Page().add("part", lambda: 1 / 0)
    with pytest.raises(Error):
        database.ask_briefly(lambda: fetch_rows("SELECT 1 / 0"))
