"""Expired events are exported as a signed bundle and removed, and the rest of the log still verifies."""

import io
import json
import zipfile

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from audit import checkpoint_files, expiry, verifier
from audit.bundle import write_bundle
from audit.expired import last_removal
from audit.expiry import ArchiveError, archive_folder, remove_due_events
from audit.lists import Criteria
from audit.lists.following import follow
from audit.lists.questions import general_question
from audit.models import AuditEvent, AuditLeaf, AuditPersonal
from audit.record import EventContent, Target, record
from audit.recovery import record_recovery
from audit.seal import seal_events, write_file
from audit.streams.batches import next_batch
from audit.verification import faults
from audit.vocabulary import AuditAction, TargetType
from controlhub.actions.organizations import change_policies
from controlhub.models import Organization, Stream, StreamKind
from tests import factories
from tests.audit.tampering import problems, tamper
from tests.audit.test_recovery import restore

OLD, NEW = 6, 3


def make_users(organization, *names):
    for name in names:
        factories.make_user(organization, f"{name}@example.com")


def seal(organization):
    while seal_events():
        continue
    write_file(organization.pk)


@pytest.fixture
def log(db, at):
    """Checkpoints at 3, 6 and 9. The events up to 6 are 40 days old, and events are kept for 30 days."""
    at(days=-40)
    organization = factories.make_organization()
    make_users(organization, "ada", "alan")
    seal(organization)
    make_users(organization, "eva", "ruth", "mary")
    seal(organization)
    at()
    change_policies(organization, changes={"audit_retention_days": 30}, actor=factories.COMMAND)
    make_users(organization, "new", "newer")
    seal(organization)
    assert positions(organization) == list(range(OLD + NEW))
    organization.refresh_from_db()
    return organization


def positions(organization):
    leaves = AuditLeaf.objects.filter(organization_id=organization.pk, event_id__in=AuditEvent.objects.values("pk"))
    return sorted(leaves.values_list("position", flat=True))


def test_expired_events_are_exported_and_removed(log, capsys):
    assert remove_due_events() == OLD
    assert positions(log) == [6, 7, 8]
    assert not AuditPersonal.objects.exclude(event_id__in=AuditEvent.objects.values("pk")).exists()
    (path,) = archive_folder(log.pk).iterdir()
    assert path.name == "000000000000-000000000006.zip"
    assert verifier.main([str(path)]) == 0
    assert f"{OLD} events: complete and unchanged." in capsys.readouterr().out
    assert b"ada@example.com" in zipfile.ZipFile(path).read("events.jsonl")
    event = AuditEvent.objects.get(action="log.expired")
    assert (event.facts["first"], event.facts["until"]) == (0, OLD)
    assert event.facts["sha256"] == expiry.digest_of(path)
    seal(log)
    assert problems(log) == []
    assert remove_due_events() == 0


def test_whole_log_verifies_after_a_removal(log):
    remove_due_events()
    seal(log)
    assert verified(log) == []
    tamper("DELETE FROM audit_auditevent WHERE id = (SELECT event_id FROM audit_leaf WHERE position = 7)")
    assert any("event 7" in problem for problem in problems(log))
    assert any("event 7 is missing" in problem for problem in verified(log))


def verified(organization):
    file = io.BytesIO()
    write_bundle(file, organization.pk)
    bundle = zipfile.ZipFile(file)
    texts = {name: bundle.read(f"{name}.{kind}").decode() for name, kind in
             (("events", "jsonl"), ("checkpoints", "txt"), ("keys", "txt"))}  # fmt: skip
    notes = verifier.split_notes(texts["checkpoints"])
    return [
        finding.problem for finding in verifier.verify(texts["events"].splitlines(), notes, texts["keys"].split())[1]
    ]


def test_removal_without_its_record_is_found(log):
    remove_due_events()
    seal(log)
    tamper("UPDATE audit_auditevent SET facts = facts || '{\"until\": 8}' WHERE action = 'log.expired'")
    tamper("DELETE FROM audit_auditevent WHERE id = (SELECT event_id FROM audit_leaf WHERE position = 7)")
    found = problems(log)
    assert "event 0 was removed" in found
    assert "event 7 was removed" in found


def test_record_with_a_different_tree_is_found(log):
    details = {"first": 0, "until": 3, "root": "00" * 32}
    target = Target(log.pk, TargetType.ORGANIZATION, str(log.pk), "")
    record(AuditAction.LOG_EXPIRED, target=target, content=EventContent(details=details), actor=factories.COMMAND)
    seal(log)
    assert problems(log) == ["the recorded removal of the first 3 events is that of another tree"]


def test_hold_stops_removal_and_erasure_of_events(log):
    change_policies(log, changes={"audit_hold": True}, actor=factories.COMMAND)
    assert remove_due_events() == 0
    expired = expiry.find_expired(log)
    with pytest.raises(ProgrammingError, match="held"), transaction.atomic():
        expiry._remove(log, expired, expiry.archive(log, expired))
    assert positions(log) == list(range(OLD + NEW))
    change_policies(log, changes={"audit_hold": False}, actor=factories.COMMAND)
    assert remove_due_events() == OLD


def test_events_that_do_not_verify_are_not_removed(log):
    tamper(
        "UPDATE audit_auditevent SET target_id = 'eve' WHERE id = (SELECT event_id FROM audit_leaf WHERE position = 1)"
    )
    with pytest.raises(ArchiveError, match="event 1 was changed"):
        remove_due_events()
    assert positions(log) == list(range(OLD + NEW))
    assert list(archive_folder(log.pk).iterdir()) == []


def test_range_with_a_missing_event_is_not_removed(log):
    tamper("DELETE FROM audit_auditevent WHERE id = (SELECT event_id FROM audit_leaf WHERE position = 1)")
    with pytest.raises(ArchiveError, match="1 events are missing"):
        remove_due_events()


def test_removal_continues_after_the_previous_one(log, monkeypatch):
    monkeypatch.setattr(expiry, "MOST_IN_ARCHIVE", 3)
    assert remove_due_events() == OLD
    assert [path.name[:12] for path in sorted(archive_folder(log.pk).iterdir())] == ["000000000000", "000000000003"]
    seal(log)
    assert (last_removal(log.pk).until, problems(log)) == (OLD, [])


def test_record_of_a_recovery_is_kept(at):
    at(days=-40)
    organization = factories.make_organization()
    make_users(organization, "ada", "alan")
    seal(organization)
    make_users(organization, "eva")
    seal(organization)
    restore(AuditLeaf.objects.filter(organization_id=organization.pk).count() - 1)
    record_recovery(organization.pk, reason="Restored", actor=factories.COMMAND)
    at()
    change_policies(organization, changes={"audit_retention_days": 30}, actor=factories.COMMAND)
    seal(organization)
    assert remove_due_events() > 0
    seal(organization)
    assert AuditEvent.objects.filter(action="log.recovered").exists()
    assert problems(organization) == []
    assert checkpoint_files.last_note(organization.pk)


def test_removed_events_do_not_stop_readers(log):
    remove_due_events()
    question, _ = general_question(log, Criteria.read(""))
    events, position, _ = follow(question, 0, most=100)
    assert len(events) == NEW
    assert position == OLD + NEW
    stream = Stream.objects.create(organization=log, name="SIEM", kind=StreamKind.WEBHOOK, url="https://siem.example")
    batch = next_batch(stream)
    assert (len(batch.parts), batch.stop) == (NEW, OLD + NEW)


def test_events_of_a_removed_organization_are_kept(log):
    number = AuditEvent.objects.filter(organization_id=log.pk).count()
    with transaction.atomic():
        tamper("DELETE FROM controlhub_organization WHERE id = %s", log.pk)
        assert remove_due_events() == 0
        assert AuditEvent.objects.filter(organization_id=log.pk).count() == number
        assert list(faults(log.pk)) == []
        transaction.set_rollback(True)


def recorded(organization, **details):
    target = Target(organization.pk, TargetType.ORGANIZATION, str(organization.pk), "")
    content = EventContent(details=details)
    record(AuditAction.LOG_EXPIRED, target=target, content=content, actor=factories.COMMAND)


REFUSED = {
    "without a record": (None, "records the removal"),
    "up to no checkpoint": ((0, 5), "have not expired"),
    "newer events": ((0, 9), "have not expired"),
}


@pytest.mark.parametrize(("span", "problem"), REFUSED.values(), ids=REFUSED)
def test_function_removes_only_expired_recorded_events(log, span, problem):
    with pytest.raises(ProgrammingError, match=problem), transaction.atomic():
        if span:
            recorded(log, first=span[0], until=span[1])
        connection.cursor().execute("SELECT audit_remove_expired(%s)", [log.pk])
    assert positions(log) == list(range(OLD + NEW))


@pytest.mark.parametrize("position", [3, 7])
@pytest.mark.parametrize("table", ["audit_auditevent", "audit_personal"])
def test_owner_cannot_delete_events_despite_a_record(log, table, position):
    column = "id" if table == "audit_auditevent" else "event_id"
    with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic():
        recorded(log, first=0, until=3)
        text = f"DELETE FROM {table} WHERE {column} = (SELECT event_id FROM audit_leaf WHERE position = %s)"
        connection.cursor().execute(text, [position])


def test_line_of_a_removed_event_contains_its_hash(log):
    remove_due_events()
    seal(log)
    file = io.BytesIO()
    write_bundle(file, log.pk)
    first = json.loads(zipfile.ZipFile(file).read("events.jsonl").split(b"\n")[0])
    assert (first["leaf"], first["parts"], len(first["hash"])) == ("", [], 64)


def test_every_organization_is_checked(log, other_organization):
    assert not Organization.objects.get(pk=other_organization.pk).audit_hold
    assert remove_due_events() == OLD
