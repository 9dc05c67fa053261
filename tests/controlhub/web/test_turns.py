"""Scheduling of requests: two at a time per share, turns between waiting ones, and a limited queue."""

from collections import deque
from dataclasses import dataclass

import pytest

from controlhub.middleware.shares import SHARE
from controlhub.web.limits import AT_ONCE, COMPANY_SECONDS, SLOW_AFTER_SECONDS, SPARE_THREADS
from controlhub.web.shares import REMEMBERED, Shares
from controlhub.web.turns import REMEMBERED as REMEMBERED_SHARES
from controlhub.web.turns import UNKNOWN, Turns


@dataclass(frozen=True)
class Item:
    share: str
    payer: str = "token"
    number: int = 0
    since: float = 0.0


def items(share, count, payer="token"):
    return [Item(share, payer, number) for number in range(count)]


class Clock:
    """Turns with a simulated time, and the running requests."""

    def __init__(self, threads=8, room=100):
        self.turns, self.now, self.running = Turns(threads=threads, room=room), 100.0, deque()

    def arrive(self, *wanted):
        """Returns the requests that start immediately. The others wait."""
        began = []
        for item in wanted:
            if (started := self.turns.admit(item, self.now)) is not None:
                self.running.append((item, started))
                began.append(item)
            else:
                assert self.turns.add(item) is None
        return began

    def end_first(self):
        """End the longest-running request. Returns the one that starts instead, or None."""
        item, started = self.running.popleft()
        self.turns.end(item.share, started)
        return self.start_one()

    def start_one(self):
        if (found := self.turns.next(self.now)) is None:
            return None
        self.running.append(found)
        return found[0]

    def order(self):
        """The order in which waiting requests start, as one after the other ends."""
        found = []
        while self.running:
            if (following := self.end_first()) is not None:
                found.append(following)
        return found


def test_share_runs_two_requests_concurrently():
    clock = Clock()
    assert clock.arrive(*items("A", 5)) == items("A", AT_ONCE)
    assert clock.arrive(*items("B", 1)) == items("B", 1)
    assert (clock.turns.busy, clock.turns.waiting) == (AT_ONCE + 1, 5 - AT_ONCE)


def test_share_runs_one_request_at_a_time_if_others_are_active():
    clock = Clock()
    clock.arrive(Item("B"))
    assert clock.arrive(*items("A", 2)) == items("A", 1)
    clock.now += COMPANY_SECONDS
    assert clock.arrive(Item("C")) == [Item("C")]


def test_requests_without_a_known_credential_do_not_count_as_others():
    clock = Clock()
    clock.arrive(Item(UNKNOWN))
    assert clock.arrive(*items("A", 2)) == items("A", 2)


def test_number_of_remembered_shares_is_limited():
    clock = Clock(threads=1_000)
    for number in range(10 * REMEMBERED_SHARES):
        clock.arrive(Item(str(number)))
        clock.end_first()
    assert len(clock.turns._began) <= REMEMBERED_SHARES


def test_slow_request_gives_up_its_place():
    clock = Clock()
    clock.arrive(*items("A", 20))
    assert clock.start_one() is None
    clock.now += SLOW_AFTER_SECONDS
    assert [clock.start_one() for _ in range(3)] == [Item("A", number=2), Item("A", number=3), None]


def test_slow_requests_leave_threads_to_others():
    clock = Clock()
    clock.arrive(*items("A", 20))
    for _ in range(10):
        clock.now += SLOW_AFTER_SECONDS
        while clock.start_one():
            pass
    assert clock.turns.busy == 8 - SPARE_THREADS
    assert clock.arrive(Item("B")) == [Item("B")]
    assert clock.arrive(Item("C")) == [Item("C")]
    assert clock.arrive(Item("D")) == [], "all threads are taken"


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_one_request_runs_even_with_few_threads(threads):
    assert len(Clock(threads=threads).arrive(*items("A", 3))) == 1


def test_shares_take_turns():
    clock = Clock(threads=2)
    clock.arrive(*items("A", 4), *items("B", 3), *items("C", 2))
    assert [item.share for item in clock.order()] == list("ABCABCA")
    assert clock.turns.busy == clock.turns.waiting == 0


def test_flood_of_one_share_delays_another_by_only_one_request():
    clock = Clock(threads=1)
    clock.arrive(*items("A", 50))
    clock.arrive(Item("B"))
    assert "B" in [item.share for item in clock.order()][:2]


def test_tokens_of_a_share_take_turns():
    clock = Clock(threads=1)
    clock.arrive(*items("A", 20, "first"), *items("A", 2, "second"))
    assert [item.payer for item in clock.order()][:4] == ["first", "second", "first", "second"]


def test_full_queue_refuses_the_newest_request_of_the_largest_share():
    clock = Clock(threads=1, room=4)
    clock.arrive(Item("A"), *items("A", 3, "loud"), Item("B"))
    assert clock.turns.add(Item("C")) == Item("A", "loud", 2)
    assert clock.turns.add(Item("A", "loud", 9)) == Item("A", "loud", 9)
    assert clock.turns.waiting == 4


def test_requests_that_waited_too_long_are_removed():
    clock = Clock(threads=1)
    clock.arrive(Item("A"), Item("A", number=1, since=5), Item("B", number=2, since=7))
    assert clock.turns.expired(6) == [Item("A", number=1, since=5)]
    assert clock.order() == [Item("B", number=2, since=7)]


def test_waiting_request_can_be_removed_once():
    clock = Clock(threads=1)
    clock.arrive(*items("A", 3))
    assert clock.turns.remove(Item("A", number=1))
    assert not clock.turns.remove(Item("A", number=1))
    assert not clock.turns.remove(Item("A", number=0)), "it runs already"
    assert clock.turns.waiting == 1


def environ(**more):
    return {"REMOTE_ADDR": "192.0.2.1", **more}


BEARER = environ(HTTP_AUTHORIZATION="Bearer a")
SESSION = environ(HTTP_COOKIE="theme=dark; session=abc")


@pytest.mark.parametrize("known", [BEARER, SESSION])
def test_credential_has_a_share_once_the_application_has_accepted_it(known):
    shares = Shares("session")
    assert shares.of(known) == (UNKNOWN, "192.0.2.1")
    shares.learn(known | {SHARE: "A"})
    assert shares.of(known)[0] == "A"


@pytest.mark.parametrize(
    "other",
    [
        environ(),
        environ(HTTP_AUTHORIZATION="Bearer b"),
        environ(HTTP_COOKIE="session=abcd"),
        environ(HTTP_COOKIE="sessions=abc"),
        environ(HTTP_COOKIE="session=\x01"),
    ],
)
def test_other_credentials_share_the_unknown_share(other):
    shares = Shares("session")
    for known in (BEARER, SESSION):
        shares.learn(known | {SHARE: "A"})
    assert shares.of(other) == (UNKNOWN, "192.0.2.1")


def test_number_of_known_credentials_is_limited():
    shares = Shares("session")
    for number in range(REMEMBERED + 10):
        shares.learn(environ(HTTP_AUTHORIZATION=f"Bearer {number}") | {SHARE: "A"})
    assert shares.of(environ(HTTP_AUTHORIZATION="Bearer 1"))[0] == UNKNOWN
    assert shares.of(environ(HTTP_AUTHORIZATION=f"Bearer {REMEMBERED}"))[0] == "A"
