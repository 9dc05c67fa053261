"""A restored backup that lacks the newest events is recorded, and is then not reported as tampering."""

import pytest
from django.core.management import CommandError, call_command

from audit import checkpoint_files
from audit.models import AuditCheckpoint, AuditEvent, AuditLeaf
from audit.recovered import recoveries
from audit.recovery import find_loss, record_recovery
from audit.seal import DivergedError, seal_events, write_file
from audit.signed import read_checkpoint
from tests import factories
from tests.audit.tampering import problems, tamper

LOST = "events 4 to 6 were removed together with their leaves"


def make_users(organization, *numbers):
    for number in numbers:
        factories.make_user(organization, f"user{number}@example.com")


def restore(size):
    """Reset the database to its state at this size."""
    later = "(SELECT event_id FROM audit_leaf WHERE position >= %s)"
    tamper(f"DELETE FROM audit_personal WHERE event_id IN {later}", size)
    tamper(f"DELETE FROM audit_auditevent WHERE id IN {later}", size)
    tamper("DELETE FROM audit_leaf WHERE position >= %s", size)
    tamper("DELETE FROM audit_checkpoint WHERE size > %s", size)


@pytest.fixture
def log(organization):
    """A log with checkpoints at 4 and 7, of which the database has lost the second one."""
    for numbers in ((1, 2, 3), (4, 5, 6)):
        make_users(organization, *numbers)
        seal_events()
        write_file(organization.pk)
    restore(4)
    return organization


def test_loss_is_a_fault_until_it_is_recorded(log):
    make_users(log, 7)
    with pytest.raises(DivergedError, match="run recover_audit"):
        seal_events()
    assert LOST in problems(log)
    assert find_loss(log.pk).kept == 4
    assert record_recovery(log.pk, reason="Restored the backup of Monday", actor=factories.COMMAND).lost == 7
    assert problems(log) == []
    (recovery,) = recoveries(log.pk)
    event = AuditEvent.objects.get(pk=recovery.event_id)
    assert (recovery.loss.kept, recovery.loss.lost, event.reason) == (4, 7, "Restored the backup of Monday")
    assert AuditLeaf.objects.filter(event_id=event.pk).exists()


@pytest.mark.parametrize("users", [0, 1, 2, 5])
def test_log_continues_after_a_recovery(log, users):
    """The new history may be shorter than the lost one, as long, or longer."""
    record_recovery(log.pk, reason="Restored", actor=factories.COMMAND)
    make_users(log, *range(10, 10 + users))
    seal_events()
    write_file(log.pk)
    assert problems(log) == []
    notes = list(AuditCheckpoint.objects.order_by("size").values_list("note", flat=True))
    assert checkpoint_files.read_notes(log.pk)[2:] == notes[1:], "they follow those of the lost history"
    assert checkpoint_files.last_note(log.pk) == notes[-1]


def test_loss_after_a_recovery_is_found(log):
    record_recovery(log.pk, reason="Restored", actor=factories.COMMAND)
    restore(4)
    assert "the checkpoint at 5 follows the one at 7 in the file" in problems(log)
    loss = record_recovery(log.pk, reason="Restored again", actor=factories.COMMAND)
    assert (loss.kept, loss.lost, loss.root) == (4, 5, find_root(log, number=2))
    assert problems(log) == []


def find_root(organization, *, number):
    return read_checkpoint(checkpoint_files.read_notes(organization.pk)[number], organization.pk).root


@pytest.mark.django_db
def test_all_logs_can_be_recovered(capsys, settings, tmp_path):
    """A log cannot be sealed until its own loss is recorded."""
    settings.VAR_DIR = tmp_path
    logs = [factories.make_organization(f"Organization {number}") for number in range(3)]
    for log in logs:
        make_users(log, 1, 2, 3)
    seal_events()
    for log in logs:
        write_file(log.pk)
        make_users(log, 4, 5, 6)
    seal_events()
    for log in logs:
        write_file(log.pk)
    restore(4)
    for log in logs:
        make_users(log, 7)
    call_command("recover_audit", reason="Restored the backup of Monday")
    assert capsys.readouterr().out.count("recorded: events 4 to 6 of the log before that are lost") == len(logs)
    assert [problems(log) for log in logs] == [[], [], []]


def test_loss_of_all_events_can_be_recorded(organization):
    make_users(organization, 1, 2)
    seal_events()
    write_file(organization.pk)
    restore(0)
    assert record_recovery(organization.pk, reason="Restored", actor=factories.COMMAND).kept == 0
    assert problems(organization) == []


def test_nothing_is_recorded_without_a_loss(organization):
    seal_events()
    assert record_recovery(organization.pk, reason="Restored", actor=factories.COMMAND) is None
    write_file(organization.pk)
    assert record_recovery(organization.pk, reason="Restored", actor=factories.COMMAND) is None
    assert AuditEvent.objects.count() == 1


def test_different_history_cannot_be_recorded_as_a_recovery(log):
    checkpoint_files.path_of(log.pk).write_text("".join(f"{checkpoint_files.last_note(log.pk)}\n"))
    with pytest.raises(DivergedError, match="not an earlier state"):
        record_recovery(log.pk, reason="Restored", actor=factories.COMMAND)


def test_forged_recovery_does_not_explain_a_loss(log):
    """Forged by a user with superuser rights, but without the keys."""
    root = find_root(log, number=1).hex()
    tamper(
        "INSERT INTO audit_auditevent (id, organization_id, version, service, category, action, activity, result,"
        " actor_kind, actor_id, request_id, target_type, target_id, facts)"
        " SELECT gen_random_uuid(), organization_id, 3, service, category, 'log.recovered', activity, result,"
        " actor_kind, actor_id, request_id, target_type, target_id, jsonb_build_object('kept', 4, 'lost', 7, 'root',"
        " %s::text) FROM audit_auditevent LIMIT 1",
        root,
    )
    with pytest.raises(DivergedError):
        make_users(log, 7)
        seal_events()
    assert LOST in problems(log)


def test_recorded_recovery_is_reported_by_the_check(log, capsys):
    with pytest.raises(CommandError):
        call_command("verify_audit", organization=log.pk)
    call_command("recover_audit", organization=log.pk, reason="Restored the backup of Monday")
    assert "recorded: events 4 to 6 of the log before that are lost" in capsys.readouterr().out
    call_command("verify_audit", organization=log.pk)
    output = capsys.readouterr().out
    assert "events 4 to 6 of the log before that are lost" in output
    assert "complete and unchanged" in output


def test_command_refuses_a_different_history(log, capsys):
    checkpoint_files.path_of(log.pk).write_text("no checkpoint\n")
    with pytest.raises(CommandError, match="1 logs cannot be recovered"):
        call_command("recover_audit", organization=log.pk, reason="Restored")
    assert "did not sign" in capsys.readouterr().err
