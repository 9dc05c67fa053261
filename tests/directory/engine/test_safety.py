"""Safe cycles: an emptied source, failures, outages, and members."""

from datetime import timedelta

import pytest
import requests
from django.db.models.functions import Now

from audit.actor import COMMAND
from audit.models import AuditEvent
from audit.vocabulary import AuditAction
from controlhub.models import OutgoingMail
from directory.engine import control
from directory.models import Application, Change, Link, Operation, Outcome, Person, SyncState
from tests.directory.engine.conftest import NUMBER
from tests.directory.engine.target import Answer, refused


# --- C1: an emptied source ---
def test_emptied_source_waits_for_a_decision(provisioned, target):
    provisioned.leave(provisioned.everybody, *provisioned.of_everybody)
    cycle = provisioned.cycle()
    assert (cycle.state, cycle.guard, cycle.removals) == ("waiting", "waiting", NUMBER)
    assert target.requests == []
    provisioned.cycle()
    assert OutgoingMail.objects.count() == 1
    assert Outcome.objects.filter(action="staged_delete").count() == NUMBER
    control.allow(provisioned.application, actor=COMMAND)
    provisioned.cycle()
    assert target.active() == set()


def test_rejected_removals_are_not_sent_later(provisioned, target):
    provisioned.leave(provisioned.everybody, *provisioned.of_everybody)
    provisioned.cycle()
    control.reject(provisioned.application, actor=COMMAND)
    assert provisioned.cycle().guard == "rejected"
    assert len(target.active()) == NUMBER
    provisioned.join(provisioned.everybody, *provisioned.of_everybody)
    target.forget()
    assert provisioned.cycle().state == "done"
    assert target.sent() == []


def test_threshold_of_removals_waits_for_a_decision(provisioned, target):
    provisioned.configure(deletion_threshold=3)
    provisioned.cycle()
    provisioned.leave(provisioned.everybody, *provisioned.of_everybody[:4])
    assert provisioned.cycle().guard_reason == "threshold"
    assert len(target.active()) == NUMBER


def test_disabled_guard_allows_all_removals(provisioned, target):
    provisioned.configure(guards_deletions=False)
    provisioned.leave(provisioned.everybody, *provisioned.of_everybody)
    assert provisioned.cycle().state == "done"
    assert target.active() == set()


# --- C2: a failed lookup is not "gone" ---
def test_failed_lookups_do_not_change_people_until_the_next_cycle(provisioned, target):
    faults = {"u1": "timeout", "u2": "timeout", "u3": 503, "u4": 403}

    def fault(method, path, number):
        kind = faults.get(path.split("/")[-1])
        if kind == "timeout":
            raise requests.Timeout
        return refused(kind) if kind else None

    Person.objects.update(surname="Changed")
    target.fault = fault
    provisioned.cycle()
    changed = {user["id"] for user in target.users.values() if user["name"]["familyName"] == "Changed"}
    assert set(target.users) - changed == set(faults)
    assert len(target.active()) == len(target.members_of("Everybody")) == NUMBER
    failed = provisioned.outcomes(status="failure")
    assert {outcome.remote_id or outcome.details["request"]["path"].split("/")[-1] for outcome in failed} == set(faults)
    target.fault = lambda *_: None
    target.forget()
    provisioned.cycle()
    assert len(target.sent()) == len(faults)


# --- C3: the end of an assignment ---
def test_person_assigned_twice_is_disabled_after_the_last_assignment(world, target):
    ada, others = world.person("ada"), world.people(20)
    first, second = world.group("A", ada, *others), world.group("B", ada)
    world.assign(first, second)
    world.cycle()
    world.leave(first, ada)
    world.cycle()
    assert "ada@example.com" in target.active()
    world.leave(second, ada)
    world.cycle()
    assert "ada@example.com" not in target.active()


@pytest.mark.parametrize("event", ["unassign", "delete", "detach", "filter", "scope"])
def test_every_removal_of_an_assignment_disables_in_the_next_cycle(world, target, event):
    ada, others = world.person("ada"), world.people(20)
    inner = world.group("Inner", ada)
    outer = world.group("Outer", inner)
    world.assign(outer, *others)
    world.configure(scope="all" if event == "scope" else "assigned")
    world.cycle()
    assert "ada@example.com" in target.active()
    if event == "unassign":
        world.unassign(outer)
    elif event == "delete":
        outer.delete()
    elif event == "detach":
        world.leave(outer, inner)
    elif event == "filter":
        clause = {"attribute": "surname", "operator": "NOT EQUALS", "value": "Ada"}
        world.configure(user_filters=[{"name": "1", "clauses": [clause]}])
    else:
        world.unassign(outer)
        world.configure(scope="assigned")
    world.cycle()
    assert target.active() == {f"{person.user_principal_name}" for person in others}


# --- C4 and C5: nothing is missed ---
def test_failed_change_and_killed_worker_are_caught_up(provisioned, target, monkeypatch):
    Person.objects.update(surname="Changed")
    failing, stored = [], []

    def fail_one(method, path, number):
        if method == "PATCH" and path in (failing or [path]):
            failing[:] = [path]
            return refused(500)
        return None

    target.fault = fail_one

    def store_once(*args):
        if stored:
            raise KeyboardInterrupt
        stored.append(1)
        return original(*args)

    monkeypatch.setattr("directory.engine.batches.SIZE", 10)
    monkeypatch.setattr("directory.engine.cycles.SIZE", 10)
    original = __import__("directory.engine.running", fromlist=["store"]).store
    monkeypatch.setattr("directory.engine.running.store", store_once)
    with pytest.raises(KeyboardInterrupt):
        provisioned.cycle()
    monkeypatch.setattr("directory.engine.running.store", original)
    target.fault = lambda *_: None
    target.forget()
    provisioned.cycle()
    patched = [path for _, path in target.sent()]
    assert failing[0] in patched
    assert len(patched) == len(set(patched)) == NUMBER - 19  # those in two batches had been sent, except for one
    assert all(user["name"]["familyName"] == "Changed" for user in target.users.values())
    assert not Operation.objects.exists()


def test_watermark_does_not_depend_on_a_clock(provisioned, target, at):
    at(minutes=-5)
    provisioned.change(provisioned.of_everybody[0], surname="Changed")
    provisioned.cycle()
    assert len(target.sent()) == 1


def test_change_of_a_processed_person_is_sent_by_the_next_cycle(world, target):
    ada = world.person("ada")
    world.assign(ada)

    def change_ada(method, path, number):
        if method == "POST":
            target.fault = lambda *_: None

    target.fault = change_ada
    world.cycle()
    world.change(ada, surname="Changed")
    watermark = world.state.watermark
    assert Change.objects.filter(object_id=ada.pk, transaction_id__gte=watermark).exists()
    world.cycle()
    assert target.named("ada@example.com")["name"]["familyName"] == "Changed"


# --- C6: quarantine ---
def test_refused_credentials_cause_quarantine_with_the_request(provisioned, target):
    target.fault = lambda *_: refused(401, "The token has expired.")
    Person.objects.update(surname="Changed")
    provisioned.cycle()
    progress = control.progress_of(provisioned.application)
    assert progress.quarantine == "EncounteredQuarantineException"
    request = progress.quarantine_details["request"]
    assert (request["method"], request["status"], request["answer"]) == ("GET", 401, "The token has expired.")
    assert "token of some length" not in str(progress)
    assert progress.next_at - progress.quarantined_at == timedelta(hours=6)
    (mail,) = OutgoingMail.objects.all()
    assert "GET /Users?count=1, status 401" in mail.body
    assert not provisioned.outcomes(status="failure")
    target.fault = lambda *_: None
    control.start_now(provisioned.application, actor=COMMAND)
    SyncState.objects.update(claimed_until=Now())
    provisioned.turn()
    assert not control.progress_of(provisioned.application).quarantine
    assert {user["name"]["familyName"] for user in target.users.values()} == {"Changed"}


def test_too_many_failures_cause_quarantine(provisioned, target, monkeypatch):
    monkeypatch.setattr("directory.engine.troubles.JUDGED_FROM", 10)
    target.fault = lambda method, path, number: refused(400) if method == "PATCH" else None
    Person.objects.update(surname="Changed")
    provisioned.cycle()
    progress = control.progress_of(provisioned.application)
    assert progress.quarantine == "EncounteredEscrowProportionThreshold"
    assert progress.quarantine_details["count"] == NUMBER
    assert progress.quarantine_details["request"]["status"] == 400


def test_provisioning_is_turned_off_after_28_days_of_quarantine(provisioned, target):
    target.fault = lambda *_: refused(401)
    Person.objects.update(surname="Changed")
    provisioned.cycle()
    SyncState.objects.update(quarantined_at=Now() - timedelta(days=27))
    provisioned.cycle()
    assert Application.objects.get().is_on
    SyncState.objects.update(quarantined_at=Now() - timedelta(days=28, minutes=1))
    provisioned.cycle()
    assert not Application.objects.get().is_on
    event = AuditEvent.objects.get(action=AuditAction.APPLICATION_CONFIGURED)
    assert event.actor_kind == "system"
    assert event.changes == [{"op": "changed", "attribute": "is_on", "old": True, "new": False}]
    assert event.details == {"quarantine": "EncounteredQuarantineException"}


# --- C7: an outage ---
def test_outage_is_one_state_without_quarantine(provisioned, target):
    def refuse(*_):
        raise requests.ConnectionError

    target.fault = refuse
    Person.objects.update(surname="Changed")
    provisioned.cycle()
    provisioned.cycle()
    state = provisioned.state
    assert state.unreachable_since
    assert not state.quarantine
    assert not provisioned.outcomes(status="failure")
    target.fault = lambda *_: None
    provisioned.cycle()
    assert not provisioned.state.unreachable_since
    assert {user["name"]["familyName"] for user in target.users.values()} == {"Changed"}


def test_application_that_asks_to_wait_gets_no_request_until_then(provisioned, target, at):
    target.fault = lambda *_: refused(503, Retry_After="600")
    Person.objects.update(surname="Changed")
    provisioned.cycle()
    target.fault = lambda *_: None
    target.forget()
    at(seconds=500)
    provisioned.turn()
    assert target.requests == []
    at(seconds=700)
    provisioned.turn()
    assert {user["name"]["familyName"] for user in target.users.values()} == {"Changed"}


# --- C8: members ---
@pytest.mark.parametrize("template", ["patch", "put", "hides members"])
def test_last_member_is_removed(world, target, template):
    target.returns_members = template != "hides members"
    target.accepts_patch = template != "put"
    world.configure(quirks={"uses_put": template == "put"})
    people = world.people(2)
    group = world.group("Two", *people)
    world.assign(group, *people)
    world.cycle()
    assert len(target.members_of("Two")) == 2
    for person in people:
        world.leave(group, person)
        world.cycle()
    assert target.members_of("Two") == set()
    assert template != "put" or not target.sent("PATCH")
    target.forget()
    world.cycle()
    assert target.sent() == []


def test_hostile_responses_are_failures_of_their_object(world, target):
    world.assign(world.person("ada"))
    target.fault = lambda method, path, number: Answer(201, {"id": ["x"]}) if method == "POST" else None
    world.cycle()
    (outcome,) = world.outcomes()
    assert outcome.code == "SystemForCrossDomainIdentityManagementServiceIncompatible"
    assert not Link.objects.exists()
