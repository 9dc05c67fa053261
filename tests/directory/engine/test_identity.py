"""One account for each person: lost responses, reused addresses, and accounts deleted by hand."""

import pytest

from directory.models import Group, Link, Operation
from tests.directory.engine.target import Answer, refused


# --- a lost response ---
def test_lost_response_to_a_creation_causes_no_second_account(world, target):
    world.assign(*world.people(3))
    target.loses_answer = lambda method, path, number: method == "POST" and len(target.users) == 2
    world.cycle()
    target.loses_answer = lambda *_: False
    world.cycle()
    assert len(target.users) == 3
    assert Link.objects.count() == 3


def test_group_that_appears_after_the_lookup_is_not_created_again(world, target):
    """The request of the first attempt arrives during the second one, and names need not be unique."""
    people = world.people(2)
    world.assign(world.group("Crew", *people))
    target.is_taken = lambda store, document: False
    target.fault = lambda method, path, number: refused(500) if (method, path) == ("POST", "/Groups") else None
    world.cycle()
    assert not target.groups
    lookups = []

    def arrives_late(method, path, number):
        if method != "GET" or not path.startswith("/Groups?") or lookups.append(path) or len(lookups) > 1:
            return None
        target.add("Groups", {"displayName": "Crew"})
        return Answer(200, {"Resources": []})

    target.fault = arrives_late
    target.forget()
    world.cycle()
    assert ("POST", "/Groups") not in target.sent()
    assert target.members_of("Crew") == {person.user_principal_name for person in people}
    world.cycle()
    assert len(target.groups) == 1


@pytest.mark.parametrize("takes_names_twice", [True, False])
def test_lost_response_to_a_second_creation_causes_no_third_object(world, target, takes_names_twice):
    """An object deleted by hand is created again, the response is lost, and the object is found."""
    ada, bob = world.people(2)
    crew = world.group("Crew", ada, bob)
    world.assign(crew)
    world.cycle()
    if takes_names_twice:
        target.is_taken = lambda store, document: False
    target.kinds["Groups"].clear()
    del target.users[target.named(ada.user_principal_name)["id"]]
    world.change(ada, surname="Changed")
    Group.objects.filter(pk=crew.pk).update(display_name="Crew 2")
    target.loses_answer = lambda method, path, number: method == "POST"
    world.cycle()
    target.loses_answer = lambda *_: False
    for _attempt in range(3):
        world.cycle()
    assert not Operation.objects.exists()
    assert {user["userName"] for user in target.users.values()} == {each.user_principal_name for each in (ada, bob)}
    assert (len(target.users), len(target.groups)) == (2, 1)
    assert target.members_of("Crew 2") == {each.user_principal_name for each in (ada, bob)}
    links = set(Link.objects.values_list("remote_id", flat=True))
    assert links == {*target.users, *target.groups}


# --- C9 and C10: one address, two people ---
def test_account_of_a_former_colleague_is_not_reassigned(world, target):
    target.add_user(userName="x@example.com", externalId="111", active=False, displayName="Old Colleague")
    world.assign(world.person("x"))
    world.cycle()
    assert not target.sent()
    assert not Link.objects.exists()
    (outcome,) = world.outcomes()
    assert (outcome.code, outcome.details["name"]) == ("AccountOfAnotherObject", "Old Colleague")


def test_reused_address_gets_one_new_account(world, target):
    old = world.person("x")
    world.assign(old)
    world.cycle()
    world.delete(old)
    new = world.person("x")
    world.assign(new)
    world.cycle()
    assert target.named("x@example.com")["externalId"] == str(new.pk)
    assert target.named(f"{old.pk.hex}x@example.com")["active"] is False
    target.forget()
    for _ in range(3):
        world.cycle()
    assert target.sent() == []


# --- C13: deleted by hand ---
def test_account_deleted_by_hand_is_created_again_with_its_groups(world, target):
    ada = world.person("ada")
    world.assign(ada, world.group("Analysts", ada))
    world.cycle()
    del target.users[target.named("ada@example.com")["id"]]
    world.change(ada, surname="Changed")
    target.forget()
    world.cycle()
    assert len(target.sent("POST")) == 1
    (outcome,) = world.outcomes(code="Recreated")
    assert outcome.status == "warning"
    assert target.members_of("Analysts") == {"ada@example.com"}


def test_link_of_a_missing_account_is_removed_with_the_assignment(world, target):
    ada = world.person("ada")
    world.assign(ada)
    world.cycle()
    target.users.clear()
    world.unassign(ada)
    world.cycle()
    assert not Link.objects.exists()
    assert world.outcomes(code="AlreadyGone", status="warning")
