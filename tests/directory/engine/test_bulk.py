"""Many objects in few requests and few statements."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from directory.engine.survey import FEW
from directory.models import Cycle, Link, Operation, Outcome, Person
from tests.directory.engine.target import Answer, refused

NUMBER = 60


@pytest.fixture
def people(world, target):
    target.takes_at_once = 100
    people = world.people(NUMBER)
    world.assign(*people)
    return people


def requests_of(target, method, start):
    return [path for found, path, _ in target.requests if found == method and path.startswith(start)]


def test_people_are_created_changed_and_disabled_together(world, target, people):
    cycle = world.cycle()
    assert cycle.counts == {"create": {"success": NUMBER}}
    assert len(target.users) == Link.objects.count() == NUMBER
    assert requests_of(target, "POST", "/Users") == []
    assert len(requests_of(target, "POST", "/Bulk")) < 10
    assert len(requests_of(target, "GET", "/Users")) == 1  # it is empty, so no lookups are needed
    Person.objects.update(surname="Changed")
    assert world.cycle().counts == {"update": {"success": NUMBER}}
    assert requests_of(target, "PATCH", "/Users") == []
    world.configure(guards_deletions=False)
    world.unassign(*people)
    world.cycle()
    assert target.active() == set()
    assert not Operation.objects.exists()


def test_each_write_has_its_own_outcome(world, target, people):
    target.fault = lambda method, path, number: refused(500) if method == "POST" and len(target.users) == 7 else None
    assert world.cycle().state == "done"
    failed = Outcome.objects.filter(status="failure")
    assert 0 < failed.count() < NUMBER
    assert {outcome.details["request"]["path"] for outcome in failed} == {"/Users"}
    assert {outcome.details["request"]["answer"] for outcome in failed} == {"status 500"}
    target.fault = lambda *_: None
    world.cycle()
    assert len(target.users) == Link.objects.count() == NUMBER


@pytest.mark.parametrize("others", [0, FEW + 1])
def test_account_added_in_the_meantime_is_matched(world, target, people, others):
    """If there are few accounts, people are not looked up first. Otherwise, the account was added after the lookup."""
    for number in range(others):
        target.add_user(userName=f"user{number}@example.com")

    def add(method, path, number):
        if method == "POST" and len(target.users) == others:
            target.add_user(userName="person009@example.com", displayName="Old name")

    target.fault = add
    world.cycle()
    assert len(target.users) - others == Link.objects.count() == NUMBER
    assert target.named("person009@example.com")["displayName"] == "Person009"
    assert Outcome.objects.get(object_id=people[9].pk).details["matched_by"] == "userName"


@pytest.mark.parametrize("failure", ["refused", "lost", "nonsense", "part"])
def test_people_without_a_response_are_looked_up_and_sent_individually(world, target, people, failure):
    """The whole request fails, or one operation is missing in the response."""
    complete = target.all_of

    def part(operations):
        answer = complete(operations)
        if failure == "part":
            return Answer(200, {"Operations": answer.document["Operations"][1:]})
        return Answer(200, {"Operations": "x"})

    if failure == "refused":
        target.fault = lambda method, path, number: refused(403) if path == "/Bulk" else None
    elif failure == "lost":
        target.loses_answer = lambda method, path, number: path == "/Bulk"
    else:
        target.all_of = part
    assert world.cycle().failures == 0
    assert len(target.users) == Link.objects.count() == NUMBER
    assert {user["userName"] for user in target.users.values()} == {person.user_principal_name for person in people}


def test_people_wait_if_the_application_asks_to_wait(world, target, people):
    target.fault = lambda method, path, number: refused(429, Retry_After="600") if path == "/Bulk" else None
    assert world.cycle().done == 0
    assert Operation.objects.filter(attempts=0).count() == NUMBER
    assert not Outcome.objects.exists()
    target.fault = lambda *_: None
    world.settle()
    assert len(target.users) == NUMBER


def test_few_existing_accounts_are_read_once(world, target, people):
    """One has no value for the second matching attribute. A list does not show this, so a filter must find it."""
    target.add_user(userName="person003@example.com", displayName="Old name")
    target.add_user(userName="somebody@example.com", externalId="x")
    world.cycle()
    (found,) = [path for path in requests_of(target, "GET", "/Users") if "userName" in path]
    assert "person003" in found
    assert target.named("person003@example.com")["displayName"] == "Person003"
    assert Cycle.objects.get().known == {
        "userName": ["person003@example.com", "somebody@example.com"],
        "externalId": ["x"],
    }


def test_every_person_is_looked_up_if_there_are_many_accounts(world, target, people):
    for number in range(FEW + 1):
        target.add_user(userName=f"user{number}@example.com")
    world.cycle()
    assert len([path for path in requests_of(target, "GET", "/Users") if "userName" in path]) == NUMBER


def test_number_of_statements_does_not_depend_on_the_batch_size(world, target):
    target.takes_at_once = 100
    world.cycle()
    counts = []
    for number in (10, 100):
        world.assign(*(world.person(f"size{number}-{each}") for each in range(number)))
        with CaptureQueriesContext(connection) as caught:
            assert world.cycle().counts["create"] == {"success": number}
        counts.append(len(caught))
    assert counts[1] <= counts[0] + 1  # the second cycle also reads the ten that are already linked
    assert counts[1] <= 55


def test_unstorable_character_in_a_response_is_replaced(world, target):
    world.assign(world.person("ada"))
    target.fault = lambda method, path, number: refused(400, "no\0thing") if method == "POST" else None
    world.cycle()
    assert "no�thing" in str(Outcome.objects.get().details)
