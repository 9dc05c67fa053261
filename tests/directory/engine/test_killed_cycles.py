"""An initial cycle with a failing target, whose worker and web server are killed with SIGKILL: real processes.

The target is the SCIM API of this installation, behind a proxy in the test's process.
"""

import random
from contextlib import contextmanager

import pytest
from django.db.models.functions import Now

from controlhub.launch import services, web
from controlhub.launch.supervised import ProcessService
from controlhub.launch.template import Templates
from controlhub.models import Membership, User
from directory.models import Cycle, CycleKind, CycleState, Link, Operation, Outcome, Person, SyncState
from tests import factories, servers
from tests.directory.engine.conftest import World
from tests.directory.engine.faulty_proxy import Fault, Proxy

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]
PEOPLE, GROUPS, REPORTS = 60, 6, 5
AT = (8, 16, 24, 32, PEOPLE)
"""The worker and web server are killed when the target has created this many users, or after a later write.

Some of the later writes may have to wait for the next cycle.
"""
WITHOUT_BULK = 3
"""The number of kills after which the target no longer announces Bulk requests."""
PASSING = {"TooManyRequests", "InternalServerError", "Timeout", "WebExceptionProtocolError"}
DEPARTMENT = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
SEED = 11
STALLED_SECONDS = 120
"""A cycle without a request for this long has stalled. On a busy machine, starting processes takes most of it."""


class Hub:
    """The processes of `make run` that are involved in cycles. The test restarts them itself, without a delay."""

    def __init__(self, folder, templates, listener):
        commands = services.commands(folder)
        (self.web,) = web.processes(listener, templates.spawn, number=1, is_bound=False)
        self.worker, self.beat = (
            ProcessService(name, commands[name], templates.spawn) for name in ("outbound", "beat")
        )

    def start(self):
        for service in (self.web, self.worker):
            service.start()

    def kill(self):
        for service in (self.worker, self.web):
            service.kill()

    def ends(self):
        """Why the worker and web server have ended, None if running. Call it often: only then is `kill` immediate."""
        return [service.end_reason() for service in (self.worker, self.web)]

    def stop(self):
        for service in (self.beat, self.worker, self.web):
            service.kill()
        everything = (self.beat, self.worker, self.web)
        servers.wait_for(lambda: all(each.end_reason() for each in everything), message="the processes did not end")


@contextmanager
def started(folder, listener):
    for name in ("broker/queue", "broker/processed", "broker/control", "beat"):
        (folder / name).mkdir(parents=True)
    env = servers.environment(
        DJANGO_SETTINGS_MODULE="tests.production",
        VAR_DIR=str(folder),
        PUBLIC_URL=f"http://localhost:{listener.getsockname()[1]}",
        REDIS_URL="",
        OUTBOUND_ALLOW="127.0.0.0/8",
        OUTBOUND_TIMEOUT="3",
        PROVISION_INTERVAL="1",
    )
    with Templates(env) as templates:
        hub = Hub(folder, templates, listener)
        hub.beat.start()
        hub.start()
        try:
            yield hub
        finally:
            hub.stop()


@pytest.fixture
def listener():
    with web.bound("127.0.0.1", 0) as found:
        yield found


@pytest.fixture
def proxy(listener):
    with Proxy(listener.getsockname()[1], random.Random(SEED)).running() as found:
        yield found


@pytest.fixture
def world(proxy):
    """People in groups, with managers among them. One of them is blocked, and another person is not assigned."""
    world = World(None, quirks={"dialect": "standard"})
    world.hub = factories.make_organization("Hub")
    _, secret = factories.make_token(world.hub)
    world.application.tenant_url = f"{proxy.address}/v1/scim/{world.hub.pk}"
    world.application.keep_secret(secret)
    world.application.save()
    world.staff = world.people(PEOPLE)
    for number, person in enumerate(world.staff):
        person.manager = world.staff[(number - 1) // REPORTS] if number else None
        person.attributes = {"department": f"Department {number % 7}"}
    Person.objects.bulk_update(world.staff, ["manager", "attributes"])
    world.blocked, world.stranger = world.person("blocked", account_enabled=False), world.person("stranger")
    world.teams = [world.group(f"Team {each}", *world.staff[each::GROUPS], world.blocked) for each in range(GROUPS)]
    world.assign(*world.teams)
    return world


def kill_again_and_again(hub, proxy):
    """Kill both at each of the moments, expire the dead worker's claim, and start both again."""
    left = list(AT)

    def strikes(users, *, is_late):
        if not left or (users < left[0] and not is_late):
            return False
        left.pop(0)
        hub.kill()
        return True

    proxy.strikes = strikes
    for number in range(1, len(AT) + 1):
        wait_for(lambda: hub.ends() and proxy.struck.is_set(), proxy, message=f"there was no kill {number}")
        servers.wait_for(lambda: all(hub.ends()) and proxy.is_idle, message="they did not end")
        assert hub.ends() == ["killed by SIGKILL"] * 2
        cycle = Cycle.objects.get()
        assert (cycle.kind, cycle.state) == (CycleKind.INITIAL, CycleState.RUNNING)
        SyncState.objects.update(claimed_until=Now(), try_at=Now())
        proxy.announces_bulk = number < WITHOUT_BULK
        proxy.let_through()
        hub.start()


def wait_for(condition, proxy, *, message):
    """Wait as long as requests arrive. An application that does not respond is retried immediately."""

    seen = -1

    def is_met():
        SyncState.objects.filter(try_at__gt=Now()).update(try_at=Now())
        return condition()

    def has_moved():
        return proxy.requests != seen or is_met()

    while not is_met():
        seen = proxy.requests
        servers.wait_for(has_moved, seconds=STALLED_SECONDS, message=message)


def is_over(proxy):
    """Whether nothing is left to do. Makes the next cycle and the next attempts due immediately."""
    if not proxy.is_idle or Cycle.objects.filter(finished_at=None).exists():
        return False
    Operation.objects.update(try_at=Now())
    SyncState.objects.update(next_at=Now())
    return not Operation.objects.exists()


def test_killed_cycle_with_a_failing_target_ends_as_planned(world, proxy, listener, tmp_path):
    with started(tmp_path, listener) as hub:
        kill_again_and_again(hub, proxy)
        wait_for(lambda: is_over(proxy), proxy, message="the cycles did not end")
    assert set(proxy.faults) == set(Fault)
    assert proxy.repeated() == []
    users = {user.user_name: user for user in User.objects.filter(organization=world.hub)}
    assert User.objects.filter(organization=world.hub).count() == len(users) == PEOPLE
    for number, person in enumerate(world.staff):
        check_user(users[person.user_principal_name], person, users, world.staff[(number - 1) // REPORTS])
    check_groups(world)
    check_links(world, users)
    check_log(world)


def check_user(user, person, users, manager):
    found, extension = user.document, user.document[DEPARTMENT]
    assert user.active
    assert (found["externalId"], found["displayName"]) == (str(person.pk), person.display_name)
    assert (found["name"]["familyName"], extension["department"]) == (person.surname, person.attributes["department"])
    expected = str(users[manager.user_principal_name].pk) if person.manager else None
    assert extension.get("manager", {}).get("value") == expected


def check_groups(world):
    """Check that each of the groups exists once, with its members."""
    rows = Membership.objects.filter(group__organization=world.hub)
    found = {}
    for name, group_id, user_name in rows.values_list("group__display_name", "group_id", "user__user_name"):
        found.setdefault((name, group_id), set()).add(user_name)
    expected = {
        f"Team {number}": {person.user_principal_name for person in world.staff[number::GROUPS]}
        for number in range(GROUPS)
    }
    assert world.hub.groups.count() == GROUPS
    assert {name: members for (name, _), members in found.items()} == expected


def check_links(world, users):
    links = dict(Link.objects.filter(kind="person").values_list("local_id", "remote_id"))
    assert links == {person.pk: str(users[person.user_principal_name].pk) for person in world.staff}
    assert Link.objects.filter(kind="group").count() == GROUPS


def check_log(world):
    """Each object was sent, or skipped with a reason. Each failure names its request and whether it is temporary."""
    done = set(Outcome.objects.filter(status="success").values_list("object_id", flat=True))
    assert done == {each.pk for each in (*world.staff, *world.teams)}
    assert set(Outcome.objects.filter(status="skipped").values_list("object_id", "code")) == {
        (world.blocked.pk, "DisabledInSource")
    }
    failures = Outcome.objects.filter(status="failure")
    assert failures
    for outcome in failures:
        assert outcome.code in PASSING
        assert outcome.details["cause"] in {"transient", "held"}
        assert outcome.details["request"]["path"].startswith(("/Users", "/Groups", "/Bulk"))
        assert outcome.details["attempts"] > 0
    assert not Outcome.objects.exclude(status__in=["success", "failure", "skipped"]).exists()
