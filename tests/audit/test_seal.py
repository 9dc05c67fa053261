"""Sealing: every visible event becomes a leaf once, despite concurrent transactions, and is covered by a checkpoint."""

import hashlib
import json
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from psycopg import connect, conninfo

from audit import checkpoint_files, seal, verification
from audit.canonical import leaf_of
from audit.changes import VERSION
from audit.models import AuditCheckpoint, AuditEvent, AuditLeaf, AuditSeal, AuditSubtree, AuditWatermark
from audit.old_seals import old_faults
from audit.seal import DivergedError, seal_batch, seal_events, write_file
from audit.signed import signed_checkpoints
from audit.signing import origin_of, verifier_keys
from audit.transparency.checkpoints import open_checkpoint
from audit.transparency.trees import CompactRange, leaf_hash
from audit.tree import prove
from tests import factories, pages
from tests.audit.events import make_events, unsaved_event
from tests.audit.tampering import problems, tamper


@pytest.fixture
def sealed(organization):
    for index in range(5):
        factories.make_user(organization, f"user{index}@example.com")
    assert seal_events() == 6, "the organization's own event and five users"
    return organization


def head(organization):
    note = AuditCheckpoint.objects.filter(organization_id=organization.pk).latest("size").note
    return open_checkpoint(note, verifier_keys(origin_of(organization.pk)))


def test_checkpoint_covers_the_events(sealed):
    tree = CompactRange()
    for event in AuditEvent.objects.order_by("id"):
        tree.append(leaf_hash(leaf_of(event)))
    assert (head(sealed).size, head(sealed).root) == (6, tree.root())
    assert head(sealed).origin == f"localhost/audit/{sealed.pk}"
    assert problems(sealed) == []


def test_nothing_to_seal_writes_nothing(sealed, django_assert_num_queries):
    assert seal_events() == 0
    with django_assert_num_queries(6):  # savepoint, lock, horizon, watermark, events, savepoint
        seal_batch()
    assert AuditCheckpoint.objects.filter(organization_id=sealed.pk).count() == 1


def test_events_sealed_during_a_check_are_not_a_fault(sealed, monkeypatch):
    def seal_meanwhile(organization_id):
        found = signed_checkpoints(organization_id)
        factories.make_user(sealed, "another@example.com")
        assert seal_events() == 1
        write_file(organization_id)
        return found

    monkeypatch.setattr(verification, "signed_checkpoints", seal_meanwhile)
    assert problems(sealed) == []


def test_tree_grows_with_new_events(sealed):
    factories.make_user(sealed, "another@example.com")
    assert seal_events() == 1
    assert list(AuditLeaf.objects.order_by("position").values_list("position", flat=True)) == list(range(7))
    assert list(AuditCheckpoint.objects.order_by("size").values_list("size", flat=True)) == [6, 7]
    assert problems(sealed) == []


def test_each_organization_has_its_own_tree(sealed, other_organization):
    factories.make_user(other_organization, "neo@example.com")
    assert seal_events() == 2
    assert (head(sealed).size, head(other_organization).size) == (6, 2)
    assert problems(sealed) == problems(other_organization) == []


def test_batches_build_on_each_other(organization, monkeypatch):
    monkeypatch.setattr(seal, "BATCH", 2)
    for index in range(6):
        factories.make_user(organization, f"user{index}@example.com")
    assert seal_events() == 7
    assert problems(organization) == []
    assert AuditWatermark.objects.get().scan_transaction == ""


BEFORE_VERSION_2 = (
    "id", "organization_id", "created_at", "service", "category", "action", "activity", "result", "reason",
    "actor_kind", "actor_id", "actor_label", "actor_address", "user_agent", "request_id", "target_type", "target_id",
    "target_label", "changes", "details",
)  # fmt: skip
"""The columns of an event of version 1 that its digest covers."""


def old_event(organization):
    """An event in the format from before there were several versions."""
    changes = [{"attribute": "emails", "old": None, "new": [{"value": "a"}]}, {"attribute": "b", "old": 1, "new": 2}]
    made = AuditEvent.objects.create(
        organization_id=organization.pk,
        service="Core Directory",
        category="UserManagement",
        action="user.updated",
        activity="Update user",
        actor_kind="system",
        target_type="User",
        target_id="01234567-89ab-7def-8123-456789abcdef",
        old_changes=changes,
    )
    tamper("UPDATE audit_auditevent SET transaction_id = '1' WHERE id = %s", made.pk)  # as after an upgrade
    return AuditEvent.objects.get(pk=made.pk)


def test_events_of_old_formats_become_leaves_too(organization):
    event = old_event(organization)
    factories.make_user(organization, "neo@example.com")
    assert seal_events() == 3
    assert sorted(AuditEvent.objects.values_list("version", flat=True)) == [1, VERSION, VERSION]
    assert problems(organization) == []
    tamper("UPDATE audit_auditevent SET changes = '[]' WHERE id = %s", event.pk)
    assert problems(organization) == ["event 0 was changed"]


def test_seals_of_old_events_are_still_checked(organization):
    event = old_event(organization)
    content = {name: getattr(event, name) for name in BEFORE_VERSION_2}
    text = json.dumps(content, default=str, sort_keys=True, ensure_ascii=False)
    digest = hashlib.sha256(text.encode()).digest()
    AuditSeal.objects.create(event_id=event.pk, organization_id=organization.pk, sequence=1, digest=digest)
    AuditSeal.objects.create(event_id=uuid4(), organization_id=organization.pk, sequence=3, digest=digest)
    found = [fault.problem for fault in old_faults(organization.pk)]
    assert found == ["numbers 2 to 2 are missing", "event number 3 was removed"]
    tamper("UPDATE audit_auditevent SET changes = '[]' WHERE id = %s", event.pk)
    assert "event number 1 was changed" in [fault.problem for fault in old_faults(organization.pk)]


@pytest.mark.parametrize("version", [1, VERSION])
def test_different_format_is_reported_as_a_changed_event(organization, version):
    old_event(organization)
    assert seal_events() == 2
    tamper(
        "UPDATE audit_auditevent SET version = version + 1 WHERE id = (SELECT id FROM audit_auditevent"
        " WHERE version = %s LIMIT 1)",
        version,
    )
    assert problems(organization)


def test_event_of_an_old_format_cannot_follow_newer_ones(sealed):
    """It has no MAC, so it could come from anyone."""
    event = old_event(sealed)
    tamper("UPDATE audit_auditevent SET transaction_id = pg_current_xact_id() WHERE id = %s", event.pk)
    assert seal_events() == 1
    assert problems(sealed) == ["an event of an old format follows newer ones"]


def test_event_not_written_by_control_hub_is_never_sealed(sealed):
    factories.make_user(sealed, "another@example.com")
    tamper("UPDATE audit_auditevent SET target_id = 'somebody' WHERE id = %s", AuditEvent.objects.latest("id").pk)
    assert seal_events() == seal_events() == 0
    assert problems(sealed) == ["an event was not written by Control Hub, or was changed before it was sealed"]


def test_portal_shows_an_event_of_the_first_format(portal, organization):
    page = pages.read(portal.get(f"/audit/{old_event(organization).pk}/"))
    assert (page.texts("del"), page.texts("ins")) == (["1"], ['[{"value": "a"}]', "2"])
    assert "Not set" in page.text


def test_database_restored_in_another_cluster_is_scanned_once(sealed):
    """Transaction IDs in a dump may be higher than those of the cluster that it is restored to."""
    AuditWatermark.objects.update(cluster="another")
    factories.make_user(sealed, "foreign@example.com")
    newest = AuditEvent.objects.latest("id").pk
    tamper("UPDATE audit_auditevent SET transaction_id = '9999999999999' WHERE id = %s", newest)
    assert seal_events() == 1
    assert AuditWatermark.objects.get().cluster != "another"
    factories.make_user(sealed, "native@example.com")
    assert seal_events() == 1
    assert seal_events() == 0
    assert problems(sealed) == []


INSERT = """
INSERT INTO audit_auditevent (id, organization_id, version, service, category, action, activity, result, actor_kind,
    actor_id, request_id, target_type, target_id, mac)
VALUES (%(id)s, %(organization_id)s, 3, %(service)s, %(category)s, %(action)s, %(activity)s, %(result)s,
    %(actor_kind)s, %(actor_id)s, %(request_id)s, %(target_type)s, %(target_id)s, %(mac)s)
"""


def test_events_of_a_running_transaction_are_sealed_after_it(transactional_db, organization):
    """The watermark must not pass a transaction that is still running and older than others."""
    seal_events()
    with connect(connection_info()) as other:
        other.execute(INSERT, vars(unsaved_event(organization, 1)))
        factories.make_user(organization, "later@example.com")
        assert seal_events() == 1, "what is visible is sealed"
        assert seal_events() == 0
        other.commit()
    assert seal_events() == 1
    assert problems(organization) == []


def connection_info():
    used = connection.settings_dict
    return conninfo.make_conninfo(
        dbname=used["NAME"],
        user=used["USER"],
        password=used["PASSWORD"],
        host=used["HOST"] or used["OPTIONS"].get("host"),
        port=used["PORT"] or None,
    )


def test_file_has_every_checkpoint(sealed, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        factories.make_user(sealed, "another@example.com")
        seal_events()
    notes = list(AuditCheckpoint.objects.order_by("size").values_list("note", flat=True))
    assert len(notes) == 2
    assert checkpoint_files.read_notes(sealed.pk) == notes
    assert checkpoint_files.last_note(sealed.pk) == notes[-1]
    assert checkpoint_files.path_of(sealed.pk).stat().st_mode & 0o077 == 0
    write_file(sealed.pk)
    assert checkpoint_files.read_notes(sealed.pk) == notes, "nothing is written twice"
    assert problems(sealed) == []


def test_sealing_does_not_continue_a_shorter_history(sealed):
    write_file(sealed.pk)
    for table in ("audit_auditevent", "audit_leaf", "audit_checkpoint"):
        tamper(f"DELETE FROM {table}")
    factories.make_user(sealed, "another@example.com")
    with pytest.raises(DivergedError, match="has lost events"):
        seal_events()
    assert not AuditLeaf.objects.exists()


def test_log_that_cannot_continue_does_not_stop_the_others(sealed, other_organization, monkeypatch):
    monkeypatch.setattr(seal, "BATCH", 2)
    write_file(sealed.pk)
    seal_events()
    tamper("DELETE FROM audit_checkpoint WHERE organization_id = %s", sealed.pk)
    for number in range(3):
        factories.make_user(sealed, f"stopped{number}@example.com")
        factories.make_user(other_organization, f"sealed{number}@example.com")
    with pytest.raises(DivergedError):
        seal_events()
    assert AuditLeaf.objects.filter(organization_id=other_organization.pk).count() == 4
    assert AuditLeaf.objects.filter(organization_id=sealed.pk).count() == 6
    assert problems(other_organization) == []
    checkpoint_files.path_of(sealed.pk).unlink()
    tamper("DELETE FROM audit_leaf WHERE organization_id = %s", sealed.pk)
    assert seal_events() == 9, "the watermark has not passed them"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_checkpoint SET note = replace(note, E'\\n6\\n', E'\\n7\\n')",
        "UPDATE audit_checkpoint SET subtrees = substr(subtrees, 1, 32)",
        "UPDATE audit_checkpoint SET subtrees = substr(subtrees, 33) || substr(subtrees, 1, 32)",
    ],
)
def test_sealing_does_not_continue_a_changed_checkpoint(sealed, statement):
    tamper(statement)
    factories.make_user(sealed, "another@example.com")
    with pytest.raises(DivergedError):
        seal_events()


def test_every_event_has_a_proof(organization):
    assert prove(AuditEvent.objects.get()) is None, "it is not sealed"
    events = make_events(organization, 600)
    seal_events()
    assert AuditSubtree.objects.filter(level=8).count() == 2
    keys = verifier_keys(origin_of(organization.pk))
    for event in (events[0], events[300], events[-1]):
        proof = prove(event)
        assert proof.verify(leaf_of(event), keys).size == 601
    with pytest.raises(ValueError, match="leads to another root"):
        proof.verify(leaf_of(events[5]), keys)


def test_proof_reads_few_rows(organization, django_assert_num_queries):
    events = make_events(organization, 600)
    seal_events()
    with django_assert_num_queries(6):  # two for the cosignatures of witnesses
        prove(events[300])


def test_command_reports_a_fault_and_fails(sealed, capsys):
    call_command("verify_audit")
    output = capsys.readouterr()
    assert "complete and unchanged" in output.out
    assert "no file of checkpoints" in output.err
    tamper("DELETE FROM audit_auditevent WHERE id = (SELECT event_id FROM audit_leaf WHERE position = 5)")
    with pytest.raises(CommandError, match="1 faults"):
        call_command("verify_audit", organization=sealed.pk)
    assert "event 5 was removed" in capsys.readouterr().err
