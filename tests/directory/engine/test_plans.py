"""With 5,000 people, an incremental cycle reads about as many rows as have changed."""

import pytest
from django.db import connection

from bench.directory import SEEDED
from directory.models import Change, Cycle, Person
from tests.plans import RowsRead, rewrite

MANY, CHANGED, REMOVED = 5_000, 10, 12
FEW = 300
TABLES = ("directory_person", "directory_link", "directory_assignment", "directory_change")


@pytest.fixture
def crowd(world, target):
    """Returns the first of many people who were provisioned long ago."""
    world.cycle()
    params = {"organization": world.organization.pk, "application": world.application.pk, "people": MANY}
    with connection.cursor() as cursor:
        for statement in SEEDED:
            cursor.execute(statement, params)
    Change.objects.update(transaction_id=0)
    rewrite(*TABLES)
    people = list(Person.objects.order_by("pk")[: CHANGED + REMOVED])
    for person in people:
        key = str(person.pk)
        target.users[key] = {"id": key, "userName": person.user_principal_name, "active": True}
    return people


def cycle_that_reads_few_rows(world):
    rows = RowsRead()
    with connection.execute_wrapper(rows):
        cycle = world.cycle()
    assert Cycle.objects.count() > 1
    assert {table: rows.by_table[table] for table in TABLES if rows.by_table[table] > FEW} == {}
    return cycle


def test_incremental_cycle_reads_few_rows(world, crowd):
    assert cycle_that_reads_few_rows(world).total == 0
    changed, removed = crowd[:CHANGED], crowd[CHANGED:]
    for person in changed:
        world.change(person, surname="Changed")
    world.unassign(*removed)
    world.assign(world.group("Team", *changed))
    counts = cycle_that_reads_few_rows(world).counts
    assert (counts["update"], counts["disable"]) == ({"success": CHANGED}, {"success": REMOVED})
    assert counts["create"] == {"success": 1}
