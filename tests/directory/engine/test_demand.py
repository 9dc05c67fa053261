"""Provisioning on demand, dry runs, comparisons and undo."""

import pytest
from django.db.models.functions import Now

from audit.actor import COMMAND
from audit.models import AuditEvent
from controlhub.actions.jobs.running import run_due_jobs
from controlhub.database.clock import database_now
from controlhub.errors import InvalidSettingError
from controlhub.models import Job, JobProblem
from directory.engine.batches import discuss, operation_for
from directory.engine.claims import claim_one
from directory.engine.demand import claimed, open_line, preview, provision_on_demand
from directory.engine.dry_runs import _note_people, dry_run, summary_of
from directory.engine.rules import configuration_of
from directory.engine.sweeping import sweep_plans
from directory.engine.undo import find_undoable, undo_last_cycle
from directory.models import Cycle, Link, Outcome, PlannedPerson
from directory.portal.effects import row_of
from directory.provisioning.plan import Action, Kind
from tests.directory.engine.target import refused


def done(job):
    run_due_jobs()
    job.refresh_from_db()
    assert job.state == "done", job.reason
    return job


def discuss_about(world, person):
    """The findings of a dry run about one person."""
    configuration = configuration_of(world.application, database_now())
    with open_line(configuration, seconds=20.0) as line:
        operations = [operation_for(Kind.PERSON, person.pk)]
        return discuss(configuration, line, None, operations, sends=False)


def on_demand(world, person):
    (found,) = provision_on_demand(world.application, people=[person.pk], actor=COMMAND).objects
    return found


def test_person_is_provisioned_on_demand_with_the_five_steps(world, target):
    ada = world.person("ada")
    world.assign(ada)
    world.configure(is_on=False)
    found = on_demand(world, ada)
    assert [step["step"] for step in found.steps] == ["import", "scope", "match", "evaluate", "provision"]
    assert {step["status"] for step in found.steps} == {"success"}
    assert found.outcome.action == "create"
    assert target.named("ada@example.com")["active"] is True
    again = on_demand(world, ada)
    assert (again.plan.action, again.outcome) == (Action.NOTHING, None)


def test_preview_only_reads_from_the_application(world, target):
    ada = world.person("ada")
    world.assign(ada)
    assert preview(world.application, Kind.PERSON, ada.pk).plan.action is Action.CREATE
    assert target.sent() == []
    assert not Link.objects.exists()


def test_unassigned_person_is_skipped_with_the_reason(world, target):
    found = on_demand(world, world.person("ada"))
    assert (found.code, found.outcome) == ("NotEffectivelyEntitled", None)
    assert target.sent() == []


def test_members_are_provisioned_before_their_group(world, target):
    people = world.people(3)
    group = world.group("Everybody", *people)
    world.assign(group)
    run = provision_on_demand(
        world.application, people=[person.pk for person in people[:2]], groups=[group.pk], actor=COMMAND
    )
    assert [each.name for each in run.objects] == ["Person000", "Person001", "Everybody"]
    assert target.members_of("Everybody") == {"person000@example.com", "person001@example.com"}
    event = AuditEvent.objects.get(action="provisioning.on_demand")
    assert event.details["groups"] == [str(group.pk)]


def test_refused_connection_ends_it_before_any_change(world, target):
    world.assign(ada := world.person("ada"))
    target.fault = lambda method, path, number: refused(401)
    run = provision_on_demand(world.application, people=[ada.pk], actor=COMMAND)
    assert (run.failure.code, run.objects) == ("Unauthorized", ())
    assert len(target.requests) == 1


def test_running_cycle_is_waited_for_and_then_an_error(world, target):
    assert claim_one(world.application)
    waits = []
    with pytest.raises(InvalidSettingError), claimed(world.application, pause=waits.append):
        pass
    assert waits


def test_dry_run_predicts_the_cycle(world, target):
    people = world.people(3)
    target.add_user(userName="person000@example.com", displayName="Old name")
    target.add_user(userName="orphan@example.com")
    world.assign(*people, world.group("Everybody", *people))
    job = done(dry_run(world.application, actor=COMMAND))
    assert target.sent() == []
    assert summary_of(job).counts == {"update": 1, "create": 3}
    assert set(JobProblem.objects.filter(job=job).values_list("label", flat=True)) == {
        "Person000",
        "Person001",
        "Person002",
        "Everybody",
    }
    counts = world.cycle().counts
    assert counts["create"] == {"success": 3}
    assert counts["update"] == {"success": 1}


def test_dry_run_includes_members_and_managers_that_the_cycle_creates(world, target):
    ada, alan = world.person("ada"), world.person("alan")
    group = world.group("Everybody", ada, alan)
    world.assign(group)
    world.cycle()
    target.forget()
    grace, keiko = world.person("grace"), world.person("keiko")
    world.join(group, grace, keiko)
    world.change(ada, manager=grace)
    world.change(alan, account_enabled=False)
    job = done(dry_run(world.application, actor=COMMAND))
    effects = {row.label: row_of(row) for row in JobProblem.objects.filter(job=job)}
    assert {label: str(row.effect) for label, row in effects.items()} == {
        "Ada": "Update",
        "Alan": "Disable",
        "Grace": "Create",
        "Keiko": "Create",
        "Everybody": "Update",
    }
    assert effects["Everybody"].changes == ["2 members added", "1 member removed"]
    assert effects["Ada"].changes[0].endswith(f":manager: Not set → {grace.pk}")
    assert not PlannedPerson.objects.exists()
    world.cycle()
    assert target.members_of("Everybody") == {f"{name}@example.com" for name in ("ada", "grace", "keiko")}
    assert not done(dry_run(world.application, actor=COMMAND)).counts.keys() - {"unchanged", "outside"}


def test_dry_run_names_no_members_of_a_skipped_group(world, target):
    ada = world.person("ada")
    world.assign(ada)
    world.cycle()
    world.assign(world.group("Everybody", ada))
    world.configure(creates=False)
    job = done(dry_run(world.application, actor=COMMAND))
    (row,) = JobProblem.objects.filter(job=job, label="Everybody")
    assert (row.details["action"], "members" in row.details) == ("skip", False)


def test_dry_run_counts_all_members_of_a_recreated_group(world, target):
    people = world.people(3)
    world.assign(world.group("Everybody", *people))
    world.cycle()
    del target.groups[target.group("Everybody")["id"]]
    job = done(dry_run(world.application, actor=COMMAND, compares=True))
    (row,) = JobProblem.objects.filter(job=job, label="Everybody")
    assert (row.details["action"], row_of(row).changes) == ("recreate", ["3 members added"])


def test_person_permanently_deleted_during_a_dry_run_is_recorded_once(world, target):
    ada = world.person("ada")
    world.assign(ada)
    world.cycle()
    world.delete(ada)
    job = dry_run(world.application, actor=COMMAND)
    results = discuss_about(world, ada)
    for _ in range(2):
        _note_people(job, results)
    assert PlannedPerson.objects.get(job=job).is_active is False


@pytest.mark.parametrize("state", ["failed", "cancelled"])
def test_plans_of_an_unfinished_run_are_swept(world, state):
    running, ended = (dry_run(world.application, actor=COMMAND) for _ in range(2))
    Job.objects.filter(pk=ended.pk).update(state=state, finished_at=Now())
    for job in (running, ended):
        PlannedPerson.objects.create(job=job, person_id=world.application.pk, is_active=True, is_new=True)
    assert sweep_plans() == 1
    assert PlannedPerson.objects.get().job == running


def test_dry_run_can_try_another_configuration(world, target):
    world.assign(*world.people(3))
    world.cycle()
    clause = {"attribute": "surname", "operator": "EQUALS", "value": "Person000"}
    filters = [{"name": "1", "clauses": [clause]}]
    job = done(dry_run(world.application, actor=COMMAND, overrides={"user_filters": filters}))
    assert summary_of(job).counts == {"disable": 2, "unchanged": 1}


def test_comparison_finds_drift_orphans_and_duplicates(world, target):
    world.assign(*world.people(2))
    world.cycle()
    target.named("person000@example.com")["displayName"] = "Changed there"
    target.add_user(userName="orphan@example.com")
    target.add_user(userName="twin@example.com", externalId=target.named("person001@example.com")["externalId"])
    job = done(dry_run(world.application, actor=COMMAND, compares=True))
    assert job.counts == {"update": 1, "unchanged": 1, "orphan": 1, "duplicate": 1}
    assert JobProblem.objects.get(job=job, label="orphan@example.com").details["action"] == "orphan"
    assert JobProblem.objects.get(job=job, label="twin@example.com").details["details"] == {"owner": "Person001"}


def test_comparison_finds_orphans_and_duplicates_among_groups(world, target):
    world.assign(world.group("Sales"), world.group("Staff"))
    world.cycle()
    owner = Link.objects.get(label="Staff").local_id
    for name, more in {"Old": {}, "sales": {}, "Sales": {}, "Copy": {"externalId": str(owner)}}.items():
        target.add("Groups", {"displayName": name, **more})
    target.add_user(userName="orphan@example.com")
    job = done(dry_run(world.application, actor=COMMAND, compares=True))
    found = JobProblem.objects.filter(job=job, details__kind="group")
    rows = {(row.label, row.details["action"], row.details.get("details", {}).get("owner")) for row in found}
    assert rows == {
        ("Old", "orphan", None),
        ("sales", "orphan", None),
        ("Sales", "duplicate", "Sales"),
        ("Copy", "duplicate", "Staff"),
    }
    assert job.counts == {"unchanged": 2, "orphan": 3, "duplicate": 2}


def test_comparison_reads_every_page_of_groups(world, target):
    for number in range(250):
        target.add("Groups", {"displayName": f"Group {number}"})
    assert done(dry_run(world.application, actor=COMMAND, compares=True)).counts == {"orphan": 250}


@pytest.mark.parametrize("field", ["provisions_users", "provisions_groups"])
def test_comparison_skips_objects_that_are_not_provisioned(world, target, field):
    target.add_user(userName="orphan@example.com")
    target.add("Groups", {"displayName": "Orphans"})
    world.configure(**{field: False})
    assert done(dry_run(world.application, actor=COMMAND, compares=True)).counts == {"orphan": 1}


def test_comparison_with_an_application_without_groups_finishes(world, target):
    target.add_user(userName="orphan@example.com")
    target.fault = lambda method, path, number: refused(501) if path.startswith("/Groups") else None
    assert done(dry_run(world.application, actor=COMMAND, compares=True)).counts == {"orphan": 1}


@pytest.mark.parametrize("endpoint", ["/Users", "/Groups"])
def test_comparison_fails_with_the_reason_when_a_page_is_refused(world, target, endpoint):
    target.fault = lambda method, path, number: refused(403, "No.") if path.startswith(endpoint) else None
    job = dry_run(world.application, actor=COMMAND, compares=True)
    run_due_jobs()
    job.refresh_from_db()
    assert (job.state, f"{endpoint}?" in job.reason, "403 No." in job.reason) == ("failed", True, True)


def test_dry_run_fails_with_the_reason_when_the_application_is_unreachable(world, target):
    world.assign(*world.people(2))
    target.fault = lambda method, path, number: refused(401, "The token has expired.")
    job = dry_run(world.application, actor=COMMAND)
    run_due_jobs()
    job.refresh_from_db()
    assert (job.state, "401 The token has expired." in job.reason) == ("failed", True)


def test_dry_run_continues_with_the_remaining_objects(world, target, monkeypatch):
    world.assign(*world.people(30))
    seen = []

    def discuss_ten(configuration, line, cycle, operations, **options):
        seen.append(len(operations))
        return discuss(configuration, line, cycle, operations[:10], **options)

    monkeypatch.setattr("directory.engine.dry_runs.discuss", discuss_ten)
    assert done(dry_run(world.application, actor=COMMAND)).counts == {"create": 30}
    assert seen[:4] == [30, 20, 10, 0]


def test_undo_restores_the_changes_of_the_last_cycle(world, target):
    people = world.people(4)
    group = world.group("Everybody", *people)
    world.assign(group)
    world.cycle()
    before = {name: dict(user) for name, user in target.users.items()}
    members = target.members_of("Everybody")
    world.change(people[0], surname="Changed")
    world.change(people[1], account_enabled=False)
    world.leave(group, people[2])
    world.delete(people[3])
    world.cycle()
    assert target.users != before
    job = done(undo_last_cycle(world.application, actor=COMMAND))
    assert job.problem_count == 0
    assert target.users == before
    assert target.members_of("Everybody") == members
    assert Link.objects.filter(kind="person", is_active=True).count() == 4
    with pytest.raises(InvalidSettingError):
        undo_last_cycle(world.application, actor=COMMAND)


def test_undo_deactivates_objects_created_by_the_cycle(world, target):
    world.assign(world.person("ada"))
    world.cycle()
    job = done(undo_last_cycle(world.application, actor=COMMAND))
    assert target.active() == set()
    assert Cycle.objects.get().undone_at
    row = Outcome.objects.order_by("at").last()
    assert (row.action, row.status, row.code, row.cycle_id) == ("disable", "success", "Undone", job.pk)
    assert AuditEvent.objects.get(action="provisioning.undone").target_id == str(world.application.pk)


def test_undo_reports_what_it_could_not_restore(world, target):
    people = world.people(2)
    world.assign(world.group("Everybody", *people))
    world.cycle()
    del target.users[target.named("person000@example.com")["id"]]
    found = find_undoable(world.application)
    assert (found.counts, found.deleted) == ({"create": 3, "update": 0, "disable": 0}, 0)
    with pytest.raises(InvalidSettingError, match="Another cycle"):
        undo_last_cycle(world.application, cycle_id=world.application.pk, actor=COMMAND)
    job = done(undo_last_cycle(world.application, cycle_id=found.cycle.pk, actor=COMMAND))
    assert job.counts == {"undone": 1, "kept": 1, "failed": 1}
    assert set(Outcome.objects.filter(cycle_id=job.pk).values_list("code", flat=True)) == {
        "Undone",
        "KeptByUndo",
        "MissingForUndo",
    }
    assert find_undoable(world.application) is None
