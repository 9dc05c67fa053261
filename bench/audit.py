"""The audit log with a very large number of events: the cost of its pages, and of the same page in the API."""

import os
import random
import statistics
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from bench import report, stack

if TYPE_CHECKING:
    from controlhub.models import Organization

MONTHS, YEAR = 13, 360
PIECE = 250_000
WRITERS = 2
SEED = 20
LIMIT_MILLISECONDS = 150.0
HEAD = "| page | CPU median | CPU p95 | elapsed p95 |\n|---|--:|--:|--:|"
ACTORS, TARGETS, PEOPLE = 40, 200_000, 10_000
RARE = "01980000-0000-7000-8000-00000000000a"
ADDRESS, RARE_ADDRESS, NO_ADDRESS = "198.51.100.9", "192.0.2.7", "203.0.113.1"
# Nearly all events are updates by two connections; 3 in 100 are by administrators, and one in 5,000 is a failure.
FILL = """
WITH numbered AS (
    SELECT n, now() - (%(total)s - n) * (%(days)s * interval '1 day' / %(total)s) AS at
    FROM generate_series(%(first)s::bigint, %(first)s + %(piece)s - 1) AS n),
made AS (
    INSERT INTO audit_auditevent (id, organization_id, created_at, version, service, category, action, activity, result,
        actor_kind, actor_id, connection_id, request_id, target_type, target_id)
    SELECT (lpad(to_hex(floor(extract(epoch FROM at) * 1000)::bigint), 12, '0')
            || '70008000' || lpad(to_hex(n), 12, '0'))::uuid, %(organization)s, at, 3,
        CASE WHEN n %% 33 = 0 THEN 'Core Directory' ELSE 'Account Provisioning' END,
        CASE WHEN n %% 33 = 0 AND n %% 2 = 0 THEN 'GroupManagement' ELSE 'UserManagement' END,
        CASE WHEN n %% 3300 = 0 THEN 'user.purged' WHEN n %% 33 = 0 AND n %% 2 = 0 THEN 'group.updated'
            WHEN n %% 7 = 0 THEN 'user.created' ELSE 'user.updated' END,
        CASE WHEN n %% 3300 = 0 THEN 'Hard Delete user' WHEN n %% 33 = 0 AND n %% 2 = 0 THEN 'Update group'
            WHEN n %% 7 = 0 THEN 'Add user' ELSE 'Update user' END,
        CASE WHEN n %% 5000 = 7 THEN 'failure' ELSE 'success' END,
        CASE WHEN n %% 33 = 0 THEN 'admin' ELSE 'client' END,
        CASE WHEN n %% 33 = 0 THEN lpad(to_hex(n %% %(actors)s), 32, '0') ELSE 'token' END,
        CASE WHEN n %% 33 = 0 THEN NULL WHEN n %% 100000 = 1 THEN %(rare)s::uuid ELSE %(connection)s::uuid END,
        'request-' || n / 3, 'User', '0a000000-0000-7000-8000-' || lpad(to_hex(n * 7919 %% %(targets)s), 12, '0')
    FROM numbered RETURNING id, organization_id, target_id, actor_kind, request_id)
INSERT INTO audit_personal (event_id, organization_id, parts)
SELECT id, organization_id, jsonb_build_array(
    jsonb_build_object('name', 'actor', 'value', jsonb_build_object('label', 'Entra ID', 'user_agent', 'scim/1.0',
        'address', CASE WHEN request_id LIKE '%%77777' THEN %(rare_address)s ELSE %(address)s END)),
    jsonb_build_object('name', 'target', 'value', jsonb_build_object('label', target_id || '@northwind.example',
        'changes', '[{"attribute": "title", "op": "changed", "old": "Engineer", "new": "Director"}]'::jsonb)))
FROM made
"""


@dataclass(frozen=True)
class Log:
    """An organization with many events: an administrator's cookie, a token, and the queries to run."""

    organization: "Organization"
    events: int
    cookie: str
    token: str
    connection: str
    rare_connection: str


Draw = Callable[[Log, random.Random], dict[str, str]]


def _fixed(**parameters: str) -> Draw:
    return lambda _log, _draw: parameters


def _at(**parameters: str) -> Draw:
    """A random day of the previous year."""
    return lambda _log, draw: {**parameters, "date_to": _day(draw.randrange(1, YEAR))}


def _day(back: int) -> str:
    return f"{datetime.now(UTC) - timedelta(days=back):%Y-%m-%d}"


def _target_id(draw: random.Random) -> str:
    return f"0a000000-0000-7000-8000-{draw.randrange(TARGETS):012x}"


def _request(log: Log, draw: random.Random) -> dict[str, str]:
    return {"request": f"request-{draw.randrange(log.events // 3)}"}


def _name(number: int) -> str:
    from bench.seed import user_name

    return user_name(number)


PAGES: dict[str, Draw] = {
    "first page": _fixed(),
    "a day of the year": _at(),
    "tab Provisioning": _fixed(tab="provisioning"),
    "tab Sign-ins (none)": _fixed(tab="sign-ins"),
    "service": _fixed(service="Core Directory"),
    "category": _fixed(category="GroupManagement"),
    "category (none)": _fixed(category="RoleManagement"),
    "not a category": _fixed(category="UserManagement", **{"not": "category"}),
    "activity": _fixed(activity="Hard Delete user"),
    "status failure": _fixed(status="failure"),
    "target by id": lambda _log, draw: {"target": _target_id(draw)},
    "target by userName": lambda _log, draw: {"target": _name(draw.randrange(PEOPLE))},
    "target, a name that nobody has": _fixed(target="nobody has this name"),
    "request": _request,
    "initiated by the connection": lambda log, _draw: {"initiated_by": log.connection},
    "initiated by a name": lambda _log, draw: {"initiated_by": _name(draw.randrange(PEOPLE))},
    "connection, most events": lambda log, _draw: {"connection": log.connection},
    "connection, 100 events": lambda log, _draw: {"connection": log.rare_connection},
    "address, nearly all events": _fixed(address=ADDRESS),
    "address, few events": _fixed(address=RARE_ADDRESS),
    "address (none)": _fixed(address=NO_ADDRESS),
    "free text, a userName": lambda _log, draw: {"q": _name(draw.randrange(PEOPLE))},
    "free text, an id": lambda _log, draw: {"q": _target_id(draw)},
    "free text (nothing)": _fixed(q="nobody has this name"),
    "last hour": _fixed(date="hour"),
    "30 days": _fixed(date="month"),
    "a year without events": _fixed(date_from="2001-01-01", date_to="2001-12-31"),
    "connection and activity (none)": lambda log, _draw: {"connection": log.connection, "activity": "Hard Delete user"},
    "connection and failure": lambda log, _draw: {"connection": log.connection, "status": "failure"},
    "service, category and 30 days": _fixed(service="Core Directory", category="UserManagement", date="month"),
    "activity, address and a day of the year": _at(activity="Add user", address=ADDRESS),
    "address and category (none)": _fixed(address=ADDRESS, category="RoleManagement"),
}


def audit(options: Namespace, page: Path) -> None:
    """Fill a log with `options.events` events, request each page `options.requests` times, and print a table."""
    from bench.__main__ import wait

    port = stack.free_port()
    with stack.running(port) as running:
        os.environ["DATABASE_URL"] = os.environ["DATABASE_OWNER_URL"]
        import django

        django.setup()
        wait(port)
        began = time.monotonic()
        log = filled(options.events)
        print(f"filled in {time.monotonic() - began:.0f} s; {sizes()}\n\n{HEAD}", flush=True)
        rows = []
        for line in measured(log, running, options.requests, options.only):
            rows.append(line)
            print(line, flush=True)
    if options.write:
        report.insert(page, "audit", "\n".join([HEAD, *rows]))


def filled(events: int) -> Log:
    """A log that covers 13 months, of an organization with PEOPLE users."""
    from audit.actor import COMMAND
    from bench.portal.fill import make_place
    from controlhub.actions.tokens import issue_token

    place = make_place(PEOPLE)
    _, token = issue_token(place.organization, name="audit", scopes=["audit:read"], actor=COMMAND)
    first, second = (str(one.pk) for one in place.connections[:2])
    log = Log(place.organization, events, place.cookie, token, first, second)
    with without_indexes("audit_auditevent", "audit_personal"), ThreadPoolExecutor(WRITERS) as pool:
        for _ in pool.map(lambda start: _fill(log, start), range(0, events, PIECE)):
            pass
    _vacuum()
    return log


@contextmanager
def without_indexes(*tables: str) -> Iterator[None]:
    """Drop indexes without constraints and recreate them afterwards, which is faster than keeping them up to date."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
            WHERE indrelid::regclass::text = ANY(%s) AND NOT indisunique""",
            [list(tables)],
        )
        found = cursor.fetchall()
        for name, _ in found:
            cursor.execute(f"DROP INDEX {name}")
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '1GB'")
        for _, text in found:
            cursor.execute(text)


def _fill(log: Log, first: int) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        values = {
            "organization": log.organization.pk,
            "connection": log.connection,
            "rare": log.rare_connection,
            "first": first,
            "piece": min(PIECE, log.events - first),
            "total": log.events,
            "days": MONTHS * 30,
            "actors": ACTORS,
            "targets": TARGETS,
            "address": ADDRESS,
            "rare_address": RARE_ADDRESS,
        }
        cursor.execute(FILL, values)
    connection.close()


def _vacuum() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE audit_auditevent")
        cursor.execute("VACUUM ANALYZE audit_personal")


def sizes() -> str:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("""SELECT name, pg_table_size(name::regclass) / 1e9, pg_indexes_size(name::regclass) / 1e9
            FROM unnest(ARRAY['audit_auditevent', 'audit_personal']) AS name""")
        return ", ".join(
            f"{name}: {table:.1f} GB and {indexes:.1f} GB of indexes" for name, table, indexes in cursor.fetchall()
        )


def measured(log: Log, running: stack.Stack, requests: int, only: str) -> Iterator[str]:
    from django.conf import settings

    from bench.portal.measure import times

    cookie = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={log.cookie}", "Accept": "text/html"}
    bearer = {"Authorization": f"Bearer {log.token}"}
    for name, draw in PAGES.items():
        if only in name:
            choose = random.Random(SEED)

            def path(draw: Draw = draw, choose: random.Random = choose) -> str:
                return f"/audit/?{urlencode(draw(log, choose))}"

            yield row(name, times(path, cookie, running, requests))
    for name, path in api_pages(log).items():
        if only in name:
            yield row(name, times(partial(str, path), bearer, running, requests))


def api_pages(log: Log) -> dict[str, str]:
    """Webex's list of administrator events. A client that follows `Link` sends the ID along with the offset."""
    from audit.models import AuditEvent

    period = {"from": f"{_day(YEAR)}T00:00:00.000Z", "to": f"{_day(0)}T00:00:00.000Z", "max": "100"}
    period["orgId"] = str(log.organization.pk)
    events = AuditEvent.objects.in_organization(log.organization)
    at = datetime.now(UTC) - timedelta(days=MONTHS * 30 * 1_000_000 / log.events)
    last = events.filter(created_at__lt=at).newest_first().values_list("pk", flat=True).first()
    offsets = {"offset 0": {}, "offset 100,000": {"offset": "100000"}}
    if last:
        offsets["offset 1,000,000 by Link"] = {"offset": "1000000", "before": str(last)}
    webex = {f"API, {name}": f"/v1/adminAudit/events?{urlencode(period | at)}" for name, at in offsets.items()}
    return webex | {"API of our own, 100 events": "/v1/audit/events?limit=100"}


def row(name: str, found: list[tuple[float, float]]) -> str:
    cpu, elapsed = zip(*found, strict=True)
    p95 = [statistics.quantiles(values, n=20)[-1] for values in (cpu, elapsed)]
    mark = " ✗" if p95[0] > LIMIT_MILLISECONDS else ""
    return f"| {name} | {statistics.median(cpu):.0f} | {p95[0]:.0f}{mark} | {p95[1]:.0f} |"
