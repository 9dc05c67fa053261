"""Every scheduled job and every command of the project records the expected events, and each event is complete.

A new job or command needs a line in one of the tables.
"""

import json

import pytest
from celery.local import Proxy
from django.core.management import call_command, get_commands

from audit.seal import seal_events
from controlhub import tasks
from controlhub.actions import alerts, exports, organizations, repeats
from controlhub.actions.jobs import kinds
from controlhub.models import (
    AlertTrigger,
    CustomResourceType,
    Job,
    Organization,
    PurgedUser,
    PurgeRun,
    RepeatedEvent,
    User,
)
from directory.models import Person
from tests import factories
from tests.architecture.job_events import Waiting, job_of
from tests.architecture.test_one_event import (
    COMMAND,
    expired_log,
    restored_backup,
    typed_address,
    unusually_many,
)
from tests.audit.recorded import check_event, recorded
from tests.scenes import SCHEMA, Scene, undone

LONG_AGO = "2020-01-01T00:00:00Z"


@pytest.fixture(autouse=True)
def _waiting(monkeypatch):
    monkeypatch.setitem(kinds._KINDS, Waiting.name, Waiting())


@pytest.fixture
def scene(db):
    return Scene()


# --- Scheduled jobs -------------------------------------------------------------------------------------------


def due_user(scene):
    PurgeRun.objects.all().delete()
    organizations.change_policies(scene.organization, changes={"retention_days": 1}, actor=COMMAND)
    User.objects.filter(pk=scene.deleted.pk).update(deactivated_at=LONG_AGO)


def due_person(scene):
    Person.objects.filter(pk=scene.deleted_person.pk).update(deleted_at=LONG_AGO)


def ended_hour(scene):
    reading = exports.reading(scene.organization, by="page", session="", actor=COMMAND)
    repeats.record_repeated([reading, reading])
    RepeatedEvent.objects.update(hour=LONG_AGO)


def due_erasure(scene):
    organizations.change_policies(scene.organization, changes={"erase_after_days": 1}, actor=COMMAND)
    PurgedUser.objects.update(purged_at=LONG_AGO)


def alarming(scene):
    wanted = alerts.AlertSettings("People", AlertTrigger.EVENTS, "activity=Add+user", 1, emails=("ops@example.com",))
    alerts.add_alert(scene.organization, wanted, actor=COMMAND)
    factories.make_user(scene.organization, "new@example.com")
    seal_events()


def waiting_job(scene):
    Job.objects.all().delete()
    job_of(scene)


TASKS = {
    "purge_users": (due_user, "user.purged"),
    "purge_people": (due_person, "directory_user.purged"),
    "flag_bursts": (unusually_many, "burst.found"),
    "resolve_addresses": (typed_address, "session.sign_in_failed"),
    "remove_expired_events": (expired_log, "log.expired"),
    "evaluate_alerts": (alarming, "alert.fired"),
    "close_hours": (ended_hour, "events.read"),
    "erase_people": (due_erasure, "user.erased"),
    "run_jobs": (waiting_job, "job.finished"),
}
"""For each job: the required objects, and the events that it records."""
FOR_OTHERS = {
    "run_jobs": ("command", "Command line"),
    "close_hours": ("command", "Command line"),
    "resolve_addresses": ("admin", "neo@example.com"),
}
"""Jobs that record events for the user who started the work."""
SILENT_TASKS = {
    "ask_witnesses": "what witnesses have signed is stored with the checkpoints",
    "measure_streams": "counts what waits",
    "merge_row_counts": "counters that no administrator sees",
    "provision_people": "the provisioning log has a row for each object",
    "report_overdue_jobs": "jobs belong to no organization",
    "seal_audit": "signs events; a log that cannot go on fires an alert: tests/audit/test_alerts.py",
    "send_alerts": "sends what an event has recorded",
    "send_checkpoints": "sends what is signed",
    "send_mail": "mail says what an action has recorded",
    "send_streams": "sends events",
    "sweep_client_tokens": "tokens that have expired",
    "sweep_invitations": "invitations that have expired",
    "sweep_jobs": "jobs that finished long ago; their events stay",
    "sweep_mail": "mail that was sent a month ago",
    "sweep_page_positions": "positions that no administrator sees",
    "sweep_provisioning": "rows of the provisioning log that are too old",
    "sweep_requests": "log entries that are too old or too many",
    "sweep_sessions": "sessions that have expired",
    "warn_of_expiring_tokens": "a mail about a date that was recorded when the token was issued",
}


def test_every_job_is_listed():
    jobs = {name for name, value in vars(tasks).items() if isinstance(value, Proxy)}
    assert jobs == TASKS.keys() | SILENT_TASKS.keys()
    assert not TASKS.keys() & SILENT_TASKS.keys()


def test_each_job_records_its_event_and_it_is_complete(scene, subtests):
    for name, (prepare, expected) in TASKS.items():
        with subtests.test(name), undone():
            organization = prepare(scene) or scene.organization
            with recorded() as events:
                getattr(tasks, name)()
            assert [event.action for event in events] == [expected]
            kind, label = FOR_OTHERS.get(name, ("system", "Control Hub"))
            check_event(events[0], organization=organization, actor_kind=kind, actor_label=label)


# --- Commands -------------------------------------------------------------------------------------------------


def json_file(folder, name, value):
    (folder / name).write_text(json.dumps(value))
    return str(folder / name)


def commands(scene, folder):
    """For each command: the required objects, its arguments, and the events that it records."""
    own = str(scene.organization.pk)
    badge = {**SCHEMA, "id": "urn:example:schemas:Badge"}
    badges = {"name": "Badge", "endpoint": "/Badges", "schema": SCHEMA["id"]}
    return {
        "change_policies": (None, [own, "--hold", "Case 9"], "organization.updated"),
        "create_admin": (None, ["tank@example.com", "--organization", own], "user.created role.assigned"),
        "create_organization": (None, ["Zion"], "organization.created"),
        "create_token": (None, [own, "--name", "Okta"], "connection.created token.issued"),
        "erase_person": (None, [own, str(scene.gone_id)], "user.erased"),
        "purge_users": (due_user, ["--organization", own], "user.purged"),
        "register_schema": (None, [own, json_file(folder, "schema", badge)], "schema.registered"),
        "register_resource_type": (None, [own, json_file(folder, "type", badges)], "resource_type.registered"),
        "remove_resource_type": (None, [own, "Device"], "resource_type.removed"),
        "remove_schema": (lambda _: CustomResourceType.objects.all().delete(), [own, SCHEMA["id"]], "schema.removed"),
        "export_audit": (None, [own, str(folder / "log.zip")], "events.exported events.export_finished"),
        "recover_audit": (restored_backup, ["--organization", own, "--reason", "Restored"], "log.recovered"),
    }


SILENT_COMMANDS = {
    "create_database_roles": "rights in the database, which belong to no organization",
    "demo": "the actions of the directory, and days that pass: tests/directory/demo/test_connecting.py",
    "list_organizations": "only reads",
    "verify_audit": "only reads",
    "verify_receipt": "only reads",
}


def test_every_command_is_listed(scene, tmp_path):
    own = {name for name, package in get_commands().items() if package in {"audit", "controlhub", "directory", "scim"}}
    assert own == commands(scene, tmp_path).keys() | SILENT_COMMANDS.keys()


def test_each_command_records_its_events_and_each_is_complete(scene, tmp_path, subtests):
    for name, (prepare, arguments, expected) in commands(scene, tmp_path).items():
        with subtests.test(name), undone():
            if prepare:
                prepare(scene)
            with recorded() as events:
                call_command(name, *arguments)
            assert [event.action for event in events] == expected.split()
            for event in events:
                own = scene.organization
                if name == "create_organization":
                    own = Organization.objects.get(name="Zion")
                check_event(event, organization=own, actor_kind="command", actor_label="Command line")
