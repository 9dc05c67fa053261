"""Cycles with the SCIM API of this Control Hub, over HTTP and with the guarded client."""

import pytest

from controlhub.models import User
from controlhub.sql.statements import fetch_row
from directory.models import Assignment, Cycle, Group, Membership, Operation, Person, SyncState
from tests import factories

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]


@pytest.fixture
def world(hub_world):
    return hub_world


def fill(world, people, groups):
    """People in groups of equal size, all assigned through their groups."""
    rows = [
        Person(
            organization=world.organization,
            user_principal_name=f"person{each:06}@example.com",
            upn_key=f"person{each:06}@example.com",
            display_name=f"Person {each}",
            surname=f"Surname {each}",
            attributes={"department": "Sales"},
        )
        for each in range(people)
    ]
    rows = Person.objects.bulk_create(rows, 1_000)
    made = [
        Group(organization=world.organization, display_name=f"Group {each}", display_name_key=f"group {each}")
        for each in range(groups)
    ]
    made = Group.objects.bulk_create(made)
    Membership.objects.bulk_create(
        (Membership(group=made[number % groups], person=person) for number, person in enumerate(rows)), 1_000
    )
    Assignment.objects.bulk_create(Assignment(application=world.application, group=group) for group in made)
    return rows


def test_people_and_groups_are_created_changed_and_removed(world):
    grace = world.person("grace")
    ada = world.person("ada", manager=grace, attributes={"department": "Engines"})
    group = world.group("Analysts", ada, grace)
    world.assign(group)
    assert world.cycle().counts["create"] == {"success": 3}
    users = {user.user_name: user for user in User.objects.filter(organization=world.hub)}
    assert users["ada@example.com"].active
    world.change(ada, surname="Lovelace")
    world.leave(group, grace)
    assert world.cycle().failures == 0
    assert User.objects.get(user_name="ada@example.com").document["name"]["familyName"] == "Lovelace"
    assert not User.objects.get(user_name="grace@example.com").active
    world.delete(ada)
    world.cycle()
    assert not User.objects.filter(organization=world.hub, active=True).exists()
    world.change(ada, deleted_at=None, user_principal_name="ada@example.com", upn_key="ada@example.com")
    world.cycle()
    assert User.objects.get(organization=world.hub, active=True).user_name == "ada@example.com"


def test_users_of_the_same_organization_do_not_become_people(world, site):
    """The loop of decision 0108: a cycle creates users, never people, so nothing is sent back."""
    _, secret = factories.make_token(world.organization)
    world.configure(tenant_url=f"{site}/v1/scim/{world.organization.pk}")
    world.application.keep_secret(secret)
    world.application.save()
    world.assign(world.group("Everybody", *world.people(3)))
    assert world.cycle().counts["create"] == {"success": 4}
    assert User.objects.filter(organization=world.organization, active=True).count() >= 3
    assert Person.objects.filter(organization=world.organization).count() == 3
    assert not any(world.cycle().counts.keys() - {"none", "skip"} for _ in range(2))


def test_initial_cycle_of_many_people_is_followed_by_one_without_changes(world):
    """`python -m bench directory` does the same with thousands of people.

    A transaction anywhere in the cluster may hold the watermark back. Objects are then checked again but not sent.
    """
    people = 200
    rows = fill(world, people, 4)
    cycle = world.cycle()
    while cycle.state == "running":
        world.turn()
        cycle = Cycle.objects.get(pk=cycle.pk)
    assert User.objects.filter(organization=world.hub, active=True).count() == people
    assert not Operation.objects.exists()
    Person.objects.filter(pk__in=[row.pk for row in rows[:10]]).update(surname="Changed")
    assert world.cycle().counts["update"] == {"success": 10}
    changed = [
        user for user in User.objects.filter(organization=world.hub) if user.document["name"]["familyName"] == "Changed"
    ]
    assert len(changed) == 10
    assert not world.cycle().counts.keys() - {"none", "skip"}
    assert SyncState.objects.get().watermark < fetch_row("SELECT pg_current_xact_id()::text::bigint")[0]
