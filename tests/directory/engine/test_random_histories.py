"""Random histories with this Control Hub's own SCIM API: dry runs predict the cycle, and undo reverts it.

`tests/directory/provisioning/test_plan.py` runs many more of them with a model of the target.
"""

import random

import pytest

from audit.actor import COMMAND
from controlhub.actions.jobs.running import run_due_jobs
from controlhub.models import JobProblem, User
from controlhub.models import Membership as MembershipThere
from directory.actions.people import purge_person
from directory.engine.dry_runs import dry_run
from directory.engine.undo import find_undoable, undo_last_cycle
from directory.models import Assignment, Membership, Outcome, Person
from directory.provisioning.plan import Action

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]
NAMES = ("ada", "alan", "grace", "keiko")
LENGTH = 16
EVENTS = ("join", "join", "leave", "assign", "unassign", "block", "rename", "move", "manage", "delete", "purge")
DONE_AS = {
    Action.CREATE: "create",
    Action.RECREATE: "create",
    Action.UPDATE: "update",
    Action.ENABLE: "update",
    Action.DISABLE: "disable",
    Action.DELETE: "delete",
}
"""The action in the provisioning log for each effect in a dry run. Others change nothing at the target."""


class History:
    """A directory of a few people and a group, with a sequence of random events."""

    def __init__(self, world, seed):
        self.world, self.random = world, random.Random(seed)
        self.people = [world.person(name, attributes={"department": "Engines"}) for name in NAMES]
        self.group = world.group("Analysts")
        world.assign(self.group)

    def play(self):
        """Play events with cycles in between, run a cycle, then play one more event per person and add a person."""
        for _ in range(LENGTH):
            self.happen(self.random.choice(self.people))
            if self.random.random() < 0.2:
                self.world.settle()
        self.world.settle()
        for person in self.people:
            self.happen(person)
        self.assign(self.world.person("newcomer"))

    def happen(self, person):
        if current := Person.objects.filter(pk=person.pk).select_related("organization").first():
            getattr(self, self.random.choice(EVENTS))(current)

    def join(self, person):
        Membership.objects.get_or_create(group=self.group, person=person)

    def leave(self, person):
        self.world.leave(self.group, person)

    def assign(self, person):
        Assignment.objects.get_or_create(application=self.world.application, person=person)

    def unassign(self, person):
        self.world.unassign(person)

    def block(self, person):
        self.world.change(person, account_enabled=not person.account_enabled)

    def rename(self, person):
        self.world.change(person, display_name=f"Name {self.random.random()}")

    def move(self, person):
        self.world.change(person, attributes={"department": self.random.choice(["Engines", "Sales"])})

    def manage(self, person):
        others = Person.objects.filter(pk__in=[each.pk for each in self.people]).exclude(pk=person.pk).order_by("pk")
        self.world.change(person, manager=self.random.choice([None, *others]))

    def delete(self, person):
        """Delete the person, or restore them if already deleted."""
        if person.deleted_at is None:
            self.world.delete(person)
        else:
            upn = person.original_upn
            self.world.change(person, deleted_at=None, original_upn="", user_principal_name=upn, upn_key=upn)

    def purge(self, person):
        if person.deleted_at is not None:
            purge_person(person, actor=COMMAND)


def done(job):
    run_due_jobs()
    job.refresh_from_db()
    assert job.state == "done", job.reason
    return job


def planned(world):
    """The effects that a dry run predicts, by object."""
    job = done(dry_run(world.application, actor=COMMAND))
    found = JobProblem.objects.filter(job=job).values_list("target_id", "details__action")
    return {pk: DONE_AS[action] for pk, action in found if action in DONE_AS}


def first_done(world, before):
    """The first action on each object in the cycles after these. A manager or member may follow later."""
    found = {}
    for outcome in world.outcomes():
        if outcome.pk not in before and outcome.status in {"success", "warning"} and outcome.action != "other":
            found.setdefault(outcome.object_id, outcome.action)
    return found


def users_there(world):
    """Documents and states of the target's users, and the members of its groups."""
    users = {
        str(user.pk): (
            user.user_name,
            user.active,
            {name: user.document[name] for name in user.document if name != "meta"},
        )
        for user in User.objects.filter(organization=world.hub)
    }
    members = MembershipThere.objects.filter(group__organization=world.hub, user__isnull=False)
    return users, {(str(group), str(user)) for group, user in members.values_list("group", "user")}


@pytest.mark.parametrize("seed", range(8))
def test_dry_run_predicts_the_cycle_and_undo_restores(hub_world, seed):
    history = History(hub_world, seed)
    history.play()
    seen = set(Outcome.objects.values_list("pk", flat=True))
    expected = planned(hub_world)
    users, members = users_there(hub_world)
    hub_world.settle()
    done_now = first_done(hub_world, seen)
    assert done_now == expected
    assert "create" in done_now.values(), "the newcomer"
    assert find_undoable(hub_world.application)
    assert done(undo_last_cycle(hub_world.application, actor=COMMAND)).problem_count == 0
    restored, members_after = users_there(hub_world)
    deleted = {str(each.remote_id) for each in hub_world.outcomes(action="delete")}
    created = restored.keys() - users.keys()
    assert not any(restored[pk][1] for pk in created), "what the cycle created is inactive"
    assert {pk: restored[pk] for pk in users.keys() - deleted} == {pk: users[pk] for pk in users.keys() - deleted}
    assert members_after == {(group, user) for group, user in members if user not in deleted}
