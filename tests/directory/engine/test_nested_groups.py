"""Whether members of nested groups in an assigned group are provisioned depends on the application's setting."""

from functools import partial

import pytest

from audit.actor import COMMAND
from controlhub.actions.jobs.running import run_due_jobs
from directory.actions.assignments import assign
from directory.engine.assignment_effects import effect_of
from directory.engine.demand import provision_on_demand
from directory.engine.dry_runs import dry_run


@pytest.fixture
def circle(world):
    """Ten people in group B, which is in group A, which is in group B. Returns the people, B and A."""
    people = world.people(10)
    inner = world.group("B", *people)
    outer = world.group("A", inner)
    world.join(inner, outer)
    return people, inner, outer


@pytest.mark.parametrize("nested", [True, False])
def test_members_of_nested_groups_are_included_if_configured(world, target, circle, nested):
    world.configure(includes_nested=nested)
    _, _, outer = circle
    world.assign(outer)
    world.cycle()
    assert len(target.users) == (10 if nested else 0)
    assert len(target.members_of("A")) == (10 if nested else 0)


@pytest.mark.parametrize("nested", [True, False])
def test_confirmation_dry_run_demand_and_cycle_agree_about_nested_members(world, target, circle, nested):
    world.configure(includes_nested=nested)
    people, inner, outer = circle
    gone = world.person("gone")
    world.join(inner, gone)
    world.delete(gone)
    change = partial(assign, world.application, people=[], groups=[outer.pk], actor=COMMAND)
    confirmed = effect_of(world.application, people=[], groups=[outer.pk], change=change)
    assert (confirmed.nested, dict(confirmed.counts)) == (10, {"created": 10} if nested else {})
    world.assign(outer)
    job = dry_run(world.application, actor=COMMAND)
    run_due_jobs()
    job.refresh_from_db()
    assert job.counts == ({"create": 11, "outside": 2} if nested else {"create": 1, "outside": 12})
    (asked,) = provision_on_demand(world.application, people=[people[0].pk], actor=COMMAND).objects
    assert (asked.plan.action.value, len(target.users)) == (("create", 1) if nested else ("skip", 0))
    world.cycle()
    assert len(target.users) == (10 if nested else 0)
    assert len(target.groups) == 1
