"""Changes to the log by a database superuser with triggers off are detected and located by the check.

The log has 9 events: checkpoints at 4 and at 7, and two unsealed events.
"""

from contextlib import suppress

import pytest
from django.db import connection

from audit import checkpoint_files
from audit.models import AuditCheckpoint, AuditEvent, AuditLeaf
from audit.seal import DivergedError, seal_events, write_file
from audit.signing import origin_of, signing_key
from audit.transparency.checkpoints import Checkpoint
from audit.transparency.trees import CompactRange
from audit.verification import faults
from tests import factories
from tests.audit.events import make_events
from tests.audit.tampering import tamper

EVENT = "(SELECT event_id FROM audit_leaf WHERE position = {})"
NEWEST = "(SELECT id FROM audit_auditevent ORDER BY id DESC LIMIT 1)"
COLUMNS = """organization_id, created_at, service, category, action, activity, result, actor_kind, actor_id,
    request_id, target_type, target_id, version, facts, commitments, mac, actor_role"""


def columns_of(event, *, transaction="transaction_id"):
    """Inserts a copy of an event with a different ID."""
    return (
        f"INSERT INTO audit_auditevent (id, transaction_id, {COLUMNS})"
        f" SELECT uuidv7(), {transaction}, {COLUMNS} FROM audit_auditevent WHERE id = {event}"
    )


def renumbered(*removed):
    """Removes leaves with their events, and closes the gap.

    Uses negative positions in between: PostgreSQL checks uniqueness row by row, in the physical order of the table.
    """
    places = ", ".join(map(str, removed))
    return (
        f"DELETE FROM audit_auditevent WHERE id IN (SELECT event_id FROM audit_leaf WHERE position IN ({places}));"
        f"DELETE FROM audit_leaf WHERE position IN ({places});"
        f"UPDATE audit_leaf SET position = -position WHERE position > {max(removed)};"
        f"UPDATE audit_leaf SET position = -position - {len(removed)} WHERE position < 0"
    )


# name → (change, part of the expected finding, position of the first event named or None)
ATTACKS = {
    "edit an event that is not sealed": (
        f"UPDATE audit_auditevent SET activity = 'Nothing' WHERE id = {NEWEST}",
        "was not written by Control Hub",
        None,
    ),
    "insert an event": (
        columns_of(EVENT.format(2), transaction="pg_current_xact_id()"),
        "was not written by Control Hub",
        None,
    ),
    "insert an event behind the seals": (
        columns_of(EVENT.format(2), transaction="'4'"),
        "was not written by Control Hub",
        None,
    ),
    "edit a public column": (
        f"UPDATE audit_auditevent SET target_id = 'somebody' WHERE id = {EVENT.format(3)}",
        "event 3 was changed",
        3,
    ),
    "edit the time": (
        f"UPDATE audit_auditevent SET created_at = created_at - interval '1 day' WHERE id = {EVENT.format(3)}",
        "event 3 was changed",
        3,
    ),
    "edit the time of an event that is not sealed": (
        f"UPDATE audit_auditevent SET created_at = created_at - interval '25 hours' WHERE id = {NEWEST}",
        "event 8 has another time than its id",
        8,
    ),
    "edit personal values": (
        (
            "UPDATE audit_personal SET parts = jsonb_set(parts, '{1,value,label}', '\"somebody\"')"
            f" WHERE event_id = {EVENT.format(5)}"
        ),
        "event 5 has changed values: target",
        5,
    ),
    "erase personal values without an event": (
        (
            "UPDATE audit_personal SET parts = jsonb_set(parts, '{1}', (parts -> 1) - 'salt' - 'value')"
            f" WHERE event_id = {EVENT.format(5)}"
        ),
        "event 5 has lost values without a recorded erasure: target",
        5,
    ),
    "remove personal values": (
        f"DELETE FROM audit_personal WHERE event_id = {EVENT.format(5)}",
        "event 5 has lost personal values",
        5,
    ),
    "swap two events": (
        (
            f"UPDATE audit_auditevent AS event SET action = other.action, target_id = other.target_id, mac = other.mac"
            f" FROM audit_auditevent AS other WHERE event.id IN ({EVENT.format(2)}, {EVENT.format(3)})"
            f" AND other.id IN ({EVENT.format(2)}, {EVENT.format(3)}) AND event.id <> other.id"
        ),
        "event 2 was changed",
        2,
    ),
    "swap two leaves": (
        (
            "UPDATE audit_leaf SET position = -1 WHERE position = 4;"
            "UPDATE audit_leaf SET position = 4 WHERE position = 5;"
            "UPDATE audit_leaf SET position = 5 WHERE position = -1"
        ),
        "events 4 to 6 are not those of the checkpoint at 7",
        4,
    ),
    "duplicate an event": (
        columns_of(EVENT.format(2)),
        "was not written by Control Hub",
        None,
    ),
    "use a leaf for another event": (
        f"UPDATE audit_leaf SET event_id = {NEWEST} WHERE position = 6",
        "event 6 was changed",
        6,
    ),
    "delete an event": (
        f"DELETE FROM audit_auditevent WHERE id = {EVENT.format(1)}",
        "event 1 was removed",
        1,
    ),
    "delete a range of events": (
        "DELETE FROM audit_auditevent WHERE id IN (SELECT event_id FROM audit_leaf WHERE position BETWEEN 1 AND 3)",
        "event 3 was removed",
        3,
    ),
    "delete an event with its leaf": (
        f"DELETE FROM audit_auditevent WHERE id = {EVENT.format(4)};DELETE FROM audit_leaf WHERE position = 4",
        "a leaf between events 4 and 5 was removed",
        5,
    ),
    "delete events with their leaves and close the gap": (
        renumbered(5),
        "a leaf between events 4 and 7 was removed",
        4,
    ),
    "delete the newest events with their leaves": (
        (
            "DELETE FROM audit_auditevent WHERE id IN (SELECT event_id FROM audit_leaf WHERE position > 4);"
            "DELETE FROM audit_leaf WHERE position > 4"
        ),
        "a leaf between events 4 and 7 was removed",
        4,
    ),
    "delete the newest events with their leaves and checkpoints": (
        (
            "DELETE FROM audit_auditevent WHERE id IN (SELECT event_id FROM audit_leaf WHERE position > 3);"
            "DELETE FROM audit_leaf WHERE position > 3; DELETE FROM audit_checkpoint WHERE size > 4"
        ),
        "events 4 to 6 were removed together with their leaves",
        None,
    ),
    "delete everything": (
        (
            "DELETE FROM audit_auditevent; DELETE FROM audit_personal; DELETE FROM audit_leaf;"
            "DELETE FROM audit_checkpoint; DELETE FROM audit_watermark"
        ),
        "events 0 to 6 were removed together with their leaves",
        None,
    ),
    "edit an event and its leaf": (
        (
            f"UPDATE audit_auditevent SET mac = '' WHERE id = {EVENT.format(2)};"
            "UPDATE audit_leaf SET hash = sha256('forged') WHERE position = 2"
        ),
        "events 0 to 3 are not those of the checkpoint at 4",
        0,
    ),
    "edit a leaf": (
        "UPDATE audit_leaf SET hash = sha256('forged') WHERE position = 5",
        "event 5 was changed",
        5,
    ),
    "alter a checkpoint": (
        "UPDATE audit_checkpoint SET note = replace(note, E'\\n4\\n', E'\\n5\\n') WHERE size = 4",
        "the checkpoint at 4 in the database was changed",
        None,
    ),
    "sign a checkpoint with another key": (
        (
            "UPDATE audit_checkpoint SET note = regexp_replace(note, '.{20}\\n$', repeat('A', 19) || E'=\\n')"
            " WHERE size = 7"
        ),
        "the checkpoint at 7 in the database was changed",
        None,
    ),
    "drop a checkpoint": (
        "DELETE FROM audit_checkpoint WHERE size = 4",
        "the checkpoint at 4 is in the file, but not in the database",
        None,
    ),
    "reorder checkpoints": (
        (
            "UPDATE audit_checkpoint SET size = -1 WHERE size = 4; UPDATE audit_checkpoint SET size = 4 WHERE size = 7;"
            "UPDATE audit_checkpoint SET size = 7 WHERE size = -1"
        ),
        "the checkpoint at 4 in the database was changed",
        None,
    ),
}


def make_users(organization, *numbers):
    for number in numbers:
        factories.make_user(organization, f"user{number}@example.com")


@pytest.fixture
def log(organization):
    make_users(organization, 1, 2, 3)
    seal_events()
    make_users(organization, 4, 5, 6)
    seal_events()
    write_file(organization.pk)
    make_users(organization, 7, 8)
    return organization


def check(organization):
    """Like the command: seal waiting events, then verify."""
    with suppress(DivergedError):  # the check reports the reason
        seal_events()
    return list(faults(organization.pk))


def test_untouched_log_has_no_faults(log):
    assert check(log) == []
    assert AuditLeaf.objects.count() == 9


@pytest.mark.parametrize("name", ATTACKS)
def test_attack_is_found_and_located(log, name):
    statement, problem, place = ATTACKS[name]
    if "uuidv7()" in statement and connection.pg_version < 180000:
        statement = statement.replace("uuidv7()", "gen_random_uuid()")
    tamper(statement)
    found = check(log)
    assert problem in " · ".join(fault.problem for fault in found)
    if place is not None:
        named = [fault.event_id for fault in found if problem in fault.problem]
        assert AuditLeaf.objects.get(position=place).event_id in named


def test_history_rebuilt_without_the_key_is_found(log):
    """Without the key, no signature can be made for another root, so only leaves and subtrees can be made to match."""
    tamper(renumbered(1))
    tree = CompactRange()
    for leaf in AuditLeaf.objects.order_by("position"):
        tree.append(bytes(leaf.hash))
    tamper("UPDATE audit_checkpoint SET subtrees = %s WHERE size = 7", b"".join(tree.hashes))
    with pytest.raises(DivergedError):
        seal_events()
    (first, *_) = check(log)
    assert first.problem == "events 0 to 3 are not those of the checkpoint at 4"


def test_two_histories_signed_with_the_key_are_found(log):
    """A copy of the database that continued independently signs another tree of the same size."""
    origin = origin_of(log.pk)
    forged = Checkpoint(origin, 7, b"\1" * 32).sign(signing_key(origin))
    tamper("UPDATE audit_checkpoint SET note = %s WHERE size = 7", str(forged))
    assert "the checkpoint at 7 in the file is that of another history" in [fault.problem for fault in check(log)]


FILE_ATTACKS = {
    "alter": (lambda notes: [notes[0].replace("\n4\n", "\n5\n"), notes[1]], "checkpoint number 1 in the file was"),
    "drop": (lambda notes: notes[1:], "the checkpoint at 4 is missing in the file"),
    "reorder": (lambda notes: notes[::-1], "the checkpoint at 4 follows the one at 7 in the file"),
    "damage": (lambda notes: ["no note\n", *notes], "checkpoint number 1 in the file was changed"),
}


@pytest.mark.parametrize("name", FILE_ATTACKS)
def test_attack_on_the_file_is_found(log, name):
    change, problem = FILE_ATTACKS[name]
    notes = change(checkpoint_files.read_notes(log.pk))
    checkpoint_files.path_of(log.pk).unlink()
    checkpoint_files.append_notes(log.pk, notes)
    assert problem in " · ".join(fault.problem for fault in check(log))


def test_checkpoint_of_another_organization_is_found(log, other_organization):
    seal_events()
    note = AuditCheckpoint.objects.get(organization_id=other_organization.pk).note
    tamper("UPDATE audit_checkpoint SET note = %s WHERE organization_id = %s AND size = 7", note, log.pk)
    assert "the checkpoint at 7 in the database was changed" in [fault.problem for fault in check(log)]


def test_wrong_subtrees_are_found(organization):
    make_events(organization, 300)
    seal_events()
    assert check(organization) == []
    tamper("UPDATE audit_subtree SET hash = sha256('forged')")
    (fault,) = check(organization)
    assert fault.problem == "the stored hash of the subtree that ends at event 255 is wrong"
    assert fault.event_id == AuditLeaf.objects.get(position=255).event_id
    assert AuditEvent.objects.count() == 301
