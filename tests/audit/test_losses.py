"""Reports after a restore: how many sealed events are lost, when they were sealed, and what is unknown.

Each log has checkpoints at 4 and 7 in its file. `restore` defines how much of it a backup contains.
"""

import os

import pytest
from django.core.management import call_command

from audit import checkpoint_files
from audit.losses import Loss, shown
from audit.models import AuditCheckpoint, AuditEvent, AuditLeaf
from audit.recovered import recoveries
from audit.recovery import find_loss
from audit.seal import seal_events, write_file
from tests import factories
from tests.audit.tampering import problems, tamper
from tests.audit.verifying import verify

MAYBE = "may be lost, too: no checkpoint has their number"


@pytest.fixture
def log(organization, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    for names in ("abc", "def"):
        for name in names:
            factories.make_user(organization, f"{name}@example.com")
        seal_events()
        write_file(organization.pk)
    return organization


def restore(*, sealed, events):
    """Reset the database to a backup with this many events, the first of which are sealed."""
    later = "(SELECT event_id FROM audit_leaf WHERE position >= %s)"
    tamper(f"DELETE FROM audit_personal WHERE event_id IN {later}", events)
    tamper(f"DELETE FROM audit_auditevent WHERE id IN {later}", events)
    tamper("DELETE FROM audit_leaf WHERE position >= %s", sealed)
    tamper("DELETE FROM audit_checkpoint WHERE size > %s", sealed)


def recover(log, capsys):
    """The output of `recover_audit` and then `verify_audit`, which must find no faults."""
    capsys.readouterr()
    call_command("recover_audit", organization=log.pk, reason="Restored")
    said = capsys.readouterr().out
    code, checked = verify(capsys)
    assert (code, checked.err, problems(log)) == (0, "", [])
    assert AuditLeaf.objects.count() == AuditEvent.objects.count()
    return said, checked.out


def test_lost_sealed_events_are_reported(log, capsys):
    since = AuditCheckpoint.objects.get(size=4).created_at
    until = checkpoint_files.written_at(log.pk)
    restore(sealed=4, events=4)
    for said in recover(log, capsys):
        assert "events 4 to 6 of the log before that are lost" in said
        assert f"sealed between {shown(since)} and {shown(until)}" in said
        assert f"not sealed at {shown(until)} {MAYBE}" in said


def test_possible_loss_of_unsealed_events_is_reported(log, capsys):
    """The backup has every seal. Whether there were more events is unknown, so nothing is recorded."""
    until = checkpoint_files.written_at(log.pk)
    factories.make_user(log, "unsealed@example.com")
    gone = "(SELECT id FROM audit_auditevent WHERE NOT EXISTS (SELECT FROM audit_leaf WHERE event_id = id))"
    tamper(f"DELETE FROM audit_personal WHERE event_id IN {gone}")
    tamper(f"DELETE FROM audit_auditevent WHERE id IN {gone}")
    said, checked = recover(log, capsys)
    assert (
        f"no sealed event is lost, nothing is recorded. Events that were not sealed at {shown(until)} {MAYBE}" in said
    )
    assert "recovered" not in checked
    assert recoveries(log.pk) == []


def test_unsealed_event_in_the_backup_may_be_a_lost_one(log, capsys):
    restore(sealed=4, events=5)
    for said in recover(log, capsys):
        assert "2 to 3 of events 4 to 6 of the log before that are lost: 1 may be here, without seals" in said


def test_restored_events_with_their_own_checkpoint_are_identified(log, capsys):
    factories.make_user(log, "g@example.com")
    seal_events()
    write_file(log.pk)
    restore(sealed=4, events=7)
    for said in recover(log, capsys):
        assert "events 7 to 7 of the log before that are lost" in said
        assert "events 4 to 6 are here and are sealed again" in said


def test_lost_seals_are_made_again(log, capsys):
    restore(sealed=4, events=7)
    for said in recover(log, capsys):
        assert "no sealed event is lost: events 4 to 6 of the log before that are here and are sealed again" in said


def test_restored_events_are_found_despite_clock_differences(log):
    """The database dates the events, and the machine that stores the file dates the file."""
    before = AuditEvent.objects.earliest("id").created_at.timestamp() - 10
    os.utime(checkpoint_files.path_of(log.pk), (before, before))
    restore(sealed=4, events=7)
    loss = find_loss(log.pk)
    assert (loss.restored, loss.unplaced, loss.most) == (3, 0, 0)


def test_events_after_the_restore_do_not_count_as_lost(log):
    restore(sealed=4, events=4)
    factories.make_user(log, "later@example.com")
    loss = find_loss(log.pk)
    assert (loss.first, loss.fewest, loss.most) == (4, 3, 3)


def test_changed_event_without_a_seal_does_not_count_as_restored(log):
    restore(sealed=4, events=5)
    tamper("UPDATE audit_auditevent SET activity = 'x' WHERE id NOT IN (SELECT event_id FROM audit_leaf)")
    loss = find_loss(log.pk)
    assert (loss.fewest, loss.most) == (3, 3)


def test_no_loss_is_reported_if_nothing_is_lost(log, capsys):
    said, checked = recover(log, capsys)
    assert "no sealed event is lost, nothing is recorded" in said
    assert "recovered" not in checked


def test_loss_is_unknown_without_the_file(log, capsys):
    checkpoint_files.path_of(log.pk).unlink()
    call_command("recover_audit", organization=log.pk, reason="Restored")
    assert "what is lost cannot be found" in capsys.readouterr().out


def test_record_of_an_older_release_is_readable():
    loss = Loss.read({"kept": 4, "lost": 7, "root": "00" * 32})
    assert str(loss) == "events 4 to 6 of the log before that are lost"


def test_facts_of_the_record_describe_the_same_loss(log):
    restore(sealed=4, events=5)
    loss = find_loss(log.pk)
    assert Loss.read(loss.facts) == loss
