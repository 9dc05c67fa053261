"""Who runs next: half of the threads at most, turns for those who wait, and a bounded queue."""

from dataclasses import dataclass

import pytest

from controlhub.requests import SHARE
from controlhub.web.shares import REMEMBERED, Shares
from controlhub.web.turns import UNKNOWN, Turns


@dataclass(frozen=True)
class Item:
    share: str
    payer: str = "token"
    number: int = 0
    since: float = 0.0


def items(share, count, payer="token"):
    return [Item(share, payer, number) for number in range(count)]


def started(turns, wanted):
    """Those that run at once; the others wait."""
    running = []
    for item in wanted:
        if turns.admit(item):
            running.append(item)
        else:
            assert turns.add(item) is None
    return running


def test_share_takes_half_of_the_threads():
    turns = Turns(threads=4, room=10)
    assert started(turns, items("A", 5)) == items("A", 2)
    assert started(turns, items("B", 1)) == items("B", 1)
    assert turns.busy == 3
    assert turns.waiting == 3


@pytest.mark.parametrize("threads", [1, 2])
def test_few_threads_are_enough_for_one(threads):
    assert len(started(Turns(threads=threads, room=10), items("A", 3))) == 1


def order(turns, running):
    """The order in which those that wait start, when one thread after the other ends."""
    queue, found = list(running), []
    while queue:
        if (following := turns.next(queue.pop(0).share)) is not None:
            queue.append(following)
            found.append(following)
    return found


def test_shares_take_turns():
    turns = Turns(threads=2, room=100)
    running = started(turns, [*items("A", 4), *items("B", 3), *items("C", 2)])
    assert [item.share for item in order(turns, running)] == list("ABCABCA")
    assert turns.busy == turns.waiting == 0


def test_share_that_floods_makes_another_wait_for_one_request_only():
    turns = Turns(threads=1, room=100)
    running = started(turns, items("A", 50))
    started(turns, items("B", 1))
    assert "B" in [item.share for item in order(turns, running)][:2]


def test_tokens_of_a_share_take_turns():
    turns = Turns(threads=1, room=100)
    running = started(turns, [*items("A", 20, "first"), *items("A", 2, "second")])
    assert [item.payer for item in order(turns, running)][:4] == ["first", "second", "first", "second"]


def test_full_queue_refuses_the_newest_of_the_largest():
    turns = Turns(threads=1, room=4)
    started(turns, [Item("A"), *items("A", 3, "loud"), Item("B")])
    assert turns.add(Item("C")) == Item("A", "loud", 2)
    assert turns.add(Item("A", "loud", 9)) == Item("A", "loud", 9)
    assert turns.waiting == 4


def test_those_that_waited_too_long_are_taken_out():
    turns = Turns(threads=1, room=10)
    running = started(turns, [Item("A"), Item("A", number=1, since=5), Item("B", number=2, since=7)])
    assert turns.expired(6) == [Item("A", number=1, since=5)]
    assert order(turns, running) == [Item("B", number=2, since=7)]


def test_one_that_waits_is_forgotten_once():
    turns = Turns(threads=1, room=10)
    started(turns, items("A", 3))
    assert turns.remove(Item("A", number=1))
    assert not turns.remove(Item("A", number=1))
    assert not turns.remove(Item("A", number=0)), "it runs already"
    assert turns.waiting == 1


def environ(**more):
    return {"REMOTE_ADDR": "192.0.2.1", **more}


BEARER = environ(HTTP_AUTHORIZATION="Bearer a")
SESSION = environ(HTTP_COOKIE="theme=dark; session=abc")


@pytest.mark.parametrize("known", [BEARER, SESSION])
def test_credential_has_a_share_once_the_application_said_so(known):
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
def test_other_credentials_share_with_the_unknown(other):
    shares = Shares("session")
    for known in (BEARER, SESSION):
        shares.learn(known | {SHARE: "A"})
    assert shares.of(other) == (UNKNOWN, "192.0.2.1")


def test_number_of_known_credentials_is_bounded():
    shares = Shares("session")
    for number in range(REMEMBERED + 10):
        shares.learn(environ(HTTP_AUTHORIZATION=f"Bearer {number}") | {SHARE: "A"})
    assert shares.of(environ(HTTP_AUTHORIZATION="Bearer 1"))[0] == UNKNOWN
    assert shares.of(environ(HTTP_AUTHORIZATION=f"Bearer {REMEMBERED}"))[0] == "A"
