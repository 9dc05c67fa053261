"""Cycles that are paused, stopped, resumed and started manually."""

import pytest

from audit.actor import COMMAND
from directory.engine import control
from directory.engine.claims import ClaimLostError
from directory.engine.cycles import begin_cycle, finish_cycle
from directory.models import Cycle


def test_paused_application_gets_no_requests_until_resumed(provisioned, target):
    control.pause(provisioned.application, actor=COMMAND)
    provisioned.change(provisioned.person("new"), surname="Changed")
    target.forget()
    provisioned.cycle()
    assert target.requests == []
    control.resume(provisioned.application, actor=COMMAND)
    provisioned.cycle()
    assert provisioned.last.state == "done"


def test_next_cycle_does_the_remaining_work_of_a_stopped_one(world, target):
    world.assign(*world.people(3))
    begin_cycle(world.claim(), {})
    control.stop(world.application, actor=COMMAND)
    assert world.cycle().state == "done"
    assert len(target.users) == 3
    assert Cycle.objects.filter(state="stopped").count() == 1


def test_worker_of_a_stopped_cycle_stores_no_further_results(world, target):
    world.assign(*world.people(3))
    claim = world.claim()
    cycle = begin_cycle(claim, {})
    control.stop(world.application, actor=COMMAND)
    with pytest.raises(ClaimLostError):
        finish_cycle(claim, cycle)


def test_cycle_in_manual_mode_starts_only_on_request(world, target):
    world.configure(is_automatic=False)
    world.assign(world.person("ada"))
    world.cycle()
    assert target.requests == []
    control.start_now(world.application, actor=COMMAND)
    world.turn()
    assert target.active() == {"ada@example.com"}
    world.assign(world.person("bob"))
    world.cycle()
    assert target.active() == {"ada@example.com"}
