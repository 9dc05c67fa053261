"""Provisioning cycles from the directory to the SCIM API of the same installation, over HTTP."""

import os
import time
from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bench import stack

if TYPE_CHECKING:
    from controlhub.models import Organization
    from directory.models import Application, Cycle

IN_A_GROUP = 50
CHANGED = 10
SEEDED = (
    """CREATE TEMPORARY TABLE seeded ON COMMIT PRESERVE ROWS AS
    SELECT gen_random_uuid() AS id, 'seeded' || number || '@northwind.example' AS name
    FROM generate_series(1, %(people)s) AS number""",
    """INSERT INTO directory_person (id, organization_id, user_principal_name, upn_key, display_name, given_name,
        surname, account_enabled, attributes, original_upn, version)
    SELECT id, %(organization)s, name, name, name, 'Seeded', name, TRUE, '{}', '', 1 FROM seeded""",
    """INSERT INTO directory_assignment (application_id, person_id) SELECT %(application)s, id FROM seeded""",
    """INSERT INTO directory_link (id, application_id, kind, local_id, remote_id, label, digest, is_active)
    SELECT gen_random_uuid(), %(application)s, 'person', id, id::text, name, '', TRUE FROM seeded""",
    "DROP TABLE seeded",
    """UPDATE directory_syncstate SET watermark = pg_snapshot_xmin(pg_current_snapshot())::text::bigint
    WHERE application_id = %(application)s""",
)
"""Creates people with assignments and links whose changes have already been read."""


def directory(options: Namespace) -> None:
    """For each of `options.users`: an initial cycle, one with 10 changes, and one without changes."""
    from bench.__main__ import wait

    os.environ["OUTBOUND_ALLOW"] = "127.0.0.0/8"
    port = stack.free_port()
    with stack.running(port) as running:
        os.environ["DATABASE_URL"] = os.environ["DATABASE_OWNER_URL"]
        import django

        django.setup()
        wait(port)
        print("| People | Groups | Objects/s | Worker CPU ms | Web | Database | 10 changes | No change | Load |")
        print("|---|---|---|---|---|---|---|---|---|")
        for people in options.users:
            print(line(running, people), flush=True)
        print("\n| People, linked before | 10 changes | CPU ms | No change | CPU ms | Memory MB | Load |")
        print("|---|---|---|---|---|---|---|")
        for people in options.linked:
            print(linked(running, people), flush=True)


def line(running: stack.Stack, people: int) -> str:
    application = application_of(running.port, people)
    groups = max(1, people // IN_A_GROUP)
    before, own, began = running.cpu_seconds(), time.process_time(), time.monotonic()
    finish(application)
    seconds, own = time.monotonic() - began, time.process_time() - own
    web, database = (now - then for now, then in zip(running.cpu_seconds(), before, strict=True))
    objects = people + groups
    costs = [f"{used * 1_000 / objects:.1f}" for used in (own, web, database)]
    change(application)
    few, none = timed(application, expected=CHANGED), timed(application, expected=0)
    cells = [f"{people:,}", groups, f"{objects / seconds:.0f}", *costs, f"{few:.2f} s", f"{none:.2f} s"]
    return "| " + " | ".join(map(str, [*cells, f"{os.getloadavg()[0]:.0f}"])) + " |"


def linked(running: stack.Stack, people: int) -> str:
    """Cycles of an organization whose people were provisioned long ago. Their rows are inserted with SQL."""
    import psutil
    from django.db import connection

    application = application_of(running.port, CHANGED)
    finish(application)
    with connection.cursor() as cursor:
        params = {"organization": application.organization_id, "application": application.pk, "people": people}
        for statement in SEEDED:
            cursor.execute(statement, params)
        cursor.execute("VACUUM ANALYZE")
    change(application)
    cells = [f"{people:,}"]
    for expected in (CHANGED, 0):
        own = time.process_time()
        seconds = timed(application, expected=expected)
        cells += [f"{seconds:.2f} s", f"{(time.process_time() - own) * 1_000:.0f}"]
    memory = psutil.Process().memory_info().rss / 1_000_000
    return "| " + " | ".join([*cells, f"{memory:.0f}", f"{os.getloadavg()[0]:.0f}"]) + " |"


def application_of(port: int, people: int) -> "Application":
    """An application for a new, empty organization, with this many people assigned through groups."""
    from directory.gallery import template_of
    from directory.models import Application

    hub, secret = empty_organization()
    source, _ = empty_organization()
    template = template_of("control-hub")
    application = Application(
        organization=source,
        name="Bench",
        template=template.key,
        tenant_url=f"http://127.0.0.1:{port}/v1/scim/{hub.pk}",
        is_on=True,
        is_automatic=True,
        user_mappings=[mapping.to_json() for mapping in template.user_mappings],
        group_mappings=[mapping.to_json() for mapping in template.group_mappings],
    )
    application.keep_secret(secret)
    application.save()
    fill(application, people)
    return application


def empty_organization() -> "tuple[Organization, str]":
    """A new organization with one user, and the token of its SCIM API."""
    from audit.actor import COMMAND
    from bench.seed import add_people
    from controlhub.actions.organizations import create_organization
    from controlhub.actions.tokens import issue_token

    organization = create_organization(name="Bench", actor=COMMAND)
    add_people(organization, 1)
    return organization, issue_token(organization, name="bench", actor=COMMAND)[1]


def fill(application: "Application", people: int) -> None:
    from directory.models import Assignment, Group, Membership, Person

    organization = application.organization
    rows = Person.objects.bulk_create([Person(organization=organization, **person(n)) for n in range(people)], 5_000)
    names = [f"Group {number}" for number in range(max(1, people // IN_A_GROUP))]
    groups = Group.objects.bulk_create(
        Group(organization=organization, display_name=name, display_name_key=name.lower()) for name in names
    )
    members = (Membership(group=groups[n % len(groups)], person=row) for n, row in enumerate(rows))
    Membership.objects.bulk_create(members, 5_000)
    Assignment.objects.bulk_create(Assignment(application=application, group=group) for group in groups)


def person(number: int) -> dict[str, object]:
    name = f"person{number:06}@northwind.example"
    return {
        "user_principal_name": name,
        "upn_key": name,
        "display_name": f"Person {number}",
        "given_name": "Person",
        "surname": f"Surname {number}",
        "attributes": {"department": "Sales", "mail": name, "jobTitle": "Clerk"},
    }


def change(application: "Application") -> None:
    from directory.models import Person

    ids: Sequence[object] = (
        Person.objects.filter(organization=application.organization).order_by("upn_key").values_list("pk")[:CHANGED]
    )
    Person.objects.filter(pk__in=ids).update(surname="Changed")


def timed(application: "Application", *, expected: int) -> float:
    """Returns the duration of the next cycle in seconds. The cycle must process this number of objects."""
    from django.db.models.functions import Now

    from directory.models import SyncState

    SyncState.objects.filter(application=application).update(next_at=Now())
    began = time.monotonic()
    cycle = finish(application)
    seconds = time.monotonic() - began
    if cycle.total != expected:
        raise SystemExit(f"The cycle dealt with {cycle.total} objects instead of {expected}.")
    return seconds


def finish(application: "Application") -> "Cycle":
    """Run turns, like the worker, until the application's cycle has ended. Returns the cycle."""
    from directory.engine.running import run_due_cycles
    from directory.models import Cycle, CycleState

    while True:
        run_due_cycles()
        cycle = Cycle.objects.filter(application=application).latest("started_at")
        if cycle.state != CycleState.RUNNING:
            break
    if cycle.state != CycleState.DONE or cycle.failures:
        raise SystemExit(f"The cycle is {cycle.state} and has {cycle.failures} failures: {cycle.counts}")
    return cycle
