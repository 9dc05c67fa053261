"""The engine with external SCIM servers, using the template for any SCIM 2.0 service."""

import pytest

from audit.actor import COMMAND
from directory.engine import control
from directory.models import Link

pytestmark = pytest.mark.processes


@pytest.fixture
def staffed(world):
    """Two people with all kinds of attributes in a group, and others without, all provisioned."""
    world.grace = world.person("grace", attributes={"mail": "grace@example.com", "employeeId": "701984"})
    world.ada = world.person(
        "ada",
        manager=world.grace,
        given_name="Ada",
        attributes={
            "department": "Engines",
            "jobTitle": "Analyst",
            "mail": "ada@example.com",
            "city": "London",
            "telephoneNumber": "+44 20 7946 0000",
            "preferredLanguage": "en-GB",
        },
    )
    world.others = world.people(18)
    world.analysts = world.group("Analysts", world.ada, world.grace)
    world.assign(world.ada, world.grace, *world.others, world.analysts)
    world.settle()
    return world


def test_people_and_groups_are_created_with_members(staffed, server):
    users = server.users()
    assert len(users) == 20
    ada = users["ada@example.com"]
    assert (ada["active"], ada["title"], ada["externalId"]) == (True, "Analyst", str(staffed.ada.pk))
    assert [each["value"] for each in ada["emails"]] == ["ada@example.com"]
    enterprise = ada["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]
    assert (enterprise["department"], enterprise["manager"]["value"]) == ("Engines", users["grace@example.com"]["id"])
    assert server.members() == {"Analysts": {"ada@example.com", "grace@example.com"}}
    assert staffed.settle().counts == {}


def test_existing_values_are_updated_and_missing_ones_added(staffed, server):
    staffed.change(staffed.ada, surname="Lovelace", attributes={"mail": "al@example.com", "city": "Paris"})
    more = {"mail": "one@example.com", "department": "Sales", "telephoneNumber": "+1 555 0100", "mobile": "+1 555 0101"}
    staffed.change(staffed.others[0], attributes=more, manager=staffed.grace, display_name="One")
    staffed.settle()
    users = server.users()
    ada, one = users["ada@example.com"], users["person000@example.com"]
    assert ada["name"]["familyName"] == "Lovelace"
    assert [(each["type"], each["value"]) for each in ada["emails"]] == [("work", "al@example.com")]
    assert [each["locality"] for each in ada["addresses"]] == ["Paris"]
    assert [(each["type"], each["value"]) for each in one["emails"]] == [("work", "one@example.com")]
    numbers = {each["type"]: each["value"] for each in one["phoneNumbers"]}
    assert numbers == {"work": "+1 555 0100", "mobile": "+1 555 0101"}
    enterprise = one["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]
    assert (enterprise["department"], enterprise["manager"]["value"]) == ("Sales", users["grace@example.com"]["id"])
    assert staffed.settle().counts == {}


def test_members_join_and_leave_and_groups_are_renamed_and_deleted(staffed, server):
    staffed.leave(staffed.analysts, staffed.ada)
    staffed.join(staffed.analysts, *staffed.others[:3])
    type(staffed.analysts).objects.filter(pk=staffed.analysts.pk).update(display_name="Readers")
    staffed.settle()
    assert server.members() == {"Readers": {"grace@example.com", *(f"person00{each}@example.com" for each in range(3))}}
    staffed.leave(staffed.analysts, staffed.grace, *staffed.others[:3])
    staffed.settle()
    assert server.members() == {"Readers": set()}
    staffed.analysts.delete()
    staffed.settle()
    assert server.members() == {}


def test_people_are_disabled_renamed_restored_and_deleted(staffed, server):
    staffed.unassign(staffed.others[0])
    staffed.change(staffed.others[1], account_enabled=False)
    staffed.delete(staffed.ada)
    staffed.settle()
    users = server.users()
    tombstone = f"{staffed.ada.pk.hex}ada@example.com"
    inactive = {name for name, user in users.items() if not user["active"]}
    assert inactive == {"person000@example.com", "person001@example.com", tombstone}
    staffed.change(
        staffed.ada, deleted_at=None, original_upn="", user_principal_name="ada@example.com", upn_key="ada@example.com"
    )
    staffed.change(staffed.others[1], account_enabled=True)
    staffed.settle()
    assert server.users()["ada@example.com"]["active"]
    staffed.delete(staffed.ada)
    staffed.settle()
    staffed.ada.delete()
    staffed.settle()
    assert len(server.users()) == 19
    assert not any("ada@" in name for name in server.users())


def test_existing_objects_are_linked_after_the_links_were_lost(staffed, server):
    before = server.users(), server.members()
    Link.objects.all().delete()
    control.restart(staffed.application, actor=COMMAND)
    staffed.settle()
    assert (server.users(), server.members()) == before
    assert Link.objects.count() == len(before[0]) + len(before[1])
