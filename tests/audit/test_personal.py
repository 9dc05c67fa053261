"""Personal values are separate from the public facts of an event and can be erased without changing them."""

import hashlib
from uuid import UUID

import orjson
import pytest
from django.db import connection, transaction
from django.db.utils import InternalError, ProgrammingError

from audit.actor import Actor, ActorKind
from audit.canonical import leaf_of, written_part
from audit.keys import is_valid_mac
from audit.models import APART, OLD_COLUMNS, AuditEvent, AuditPersonal
from audit.parts import commitment_of
from audit.personal import attach
from audit.record import EventContent, Target, record
from audit.seal import seal_events
from audit.verification import faults
from audit.vocabulary import AuditAction, TargetType
from tests import factories
from tests.audit.tampering import tamper

ADA, BOB = "01a21722-2bff-75ff-a872-962eaeeb6cf1", "01a21722-2bff-75ff-a872-962eaeeb6cf2"
ACTOR = Actor(
    ActorKind.ADMIN, id=ADA, label="ada@example.com", address="192.0.2.7", user_agent="Lynx", role="full_admin"
)
CONTENT = EventContent(
    before={"title": "Clerk", "score": 1.5},
    after={"title": "Zoë's chief \U0001f600", "score": 2.5},
    details={"number": 3, "is_new": True, "previous_user_name": "bobby", "tolerated": ["a"], "job": "x"},
    reason="Bob asked for it",
)
VALUES = ("ada@example.com", "192.0.2.7", "Lynx", "Clerk", "chief", "bobby", "Bob asked", "bob@example.com", "2.5")


@pytest.fixture
def event(organization):
    target = Target(organization.pk, TargetType.USER, BOB, "bob@example.com")
    record(AuditAction.USER_UPDATED, target=target, content=CONTENT, actor=ACTOR)
    return AuditEvent.objects.get(target_id=BOB)


def erase(organization, person, *events):
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_erase(%s, %s, %s)", [organization.pk, person, [event.pk for event in events]])
        return cursor.fetchone()[0]


def read(event):
    return AuditEvent.objects.get(pk=event.pk)


def commitments(event):
    return [commitment_of(part) for part in AuditPersonal.objects.get(pk=event.pk).parts]


def test_event_row_has_no_personal_value(event):
    with connection.cursor() as cursor:
        cursor.execute("SELECT e::text FROM audit_auditevent e WHERE id = %s", [event.pk])
        (text,) = cursor.fetchone()
    assert [value for value in VALUES if value in text] == []
    assert event.facts == {"number": 3, "is_new": True, "tolerated": ["a"], "job": "x"}
    assert (event.actor_user_id, event.actor_role) == (UUID(ADA), "full_admin")


def test_readers_see_every_value(event):
    assert (event.actor_label, event.actor_address, event.user_agent) == ("ada@example.com", "192.0.2.7", "Lynx")
    assert (event.target_label, event.reason) == ("bob@example.com", "Bob asked for it")
    assert {change["attribute"]: change["new"] for change in event.changes} == {
        "title": "Zoë's chief \U0001f600",
        "score": "2.5",
    }
    assert event.details == {**CONTENT.details}


def test_commitments_are_salted_digests_of_the_stored_parts(event):
    stored = AuditPersonal.objects.get(pk=event.pk).parts
    assert [bytes.fromhex(commitment_of(part)) for part in stored] == [event.commitments[:32], event.commitments[32:]]
    part = stored[0]
    text = orjson.dumps({k: part[k] for k in ("name", "subject", "value")}, option=orjson.OPT_SORT_KEYS)
    assert hashlib.sha256(bytes.fromhex(part["salt"]) + text).digest() == event.commitments[:32]
    salts = {part["salt"] for row in AuditPersonal.objects.all() for part in row.parts}
    assert len(salts) == 2 * AuditPersonal.objects.count()
    assert {len(salt) for salt in salts} == {32}


def test_mac_covers_all_values_known_to_the_writer(event):
    assert is_valid_mac(bytes(event.mac), written_part(event)) is True
    event.facts = {**event.facts, "number": 4}
    assert is_valid_mac(bytes(event.mac), written_part(event)) is False


def test_mac_of_an_earlier_key_is_valid_while_the_key_is_configured(event, settings):
    mac, content = bytes(event.mac), written_part(event)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key that is long enough for a check of its length"
    assert is_valid_mac(mac, content) is True
    settings.SECRET_KEY_FALLBACKS = []
    assert is_valid_mac(mac, content) is None


def test_changing_a_public_column_changes_the_leaf(event):
    leaf = leaf_of(event)
    assert leaf == leaf_of(read(event))
    others = {"actor_id": "x", "result": "failure", "facts": {}, "created_at": event.created_at.replace(year=2001)}
    others |= {"commitments": bytes(64), "mac": bytes(36), "revoked": {"tokens": 1}, "parent_id": UUID(ADA)}
    for name, value in others.items():
        changed = read(event)
        setattr(changed, name, value)
        assert leaf_of(changed) != leaf, name


def test_every_kind_of_recording_commits_to_its_parts(organization, scim):
    made = scim.post("/Users", {"userName": "neo", "active": True}).document["id"]
    scim.patch(f"/Users/{made}", {"op": "replace", "path": "active", "value": False})
    operations = [{"method": "POST", "path": "/Users", "bulkId": n, "data": {"userName": n}} for n in "ab"]
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations}
    assert scim.post("/Bulk", body).status_code == 200
    events = attach(AuditEvent.objects.in_organization(organization))
    assert {"user.created", "user.deactivated"} <= {event.action for event in events}
    for event in events:
        assert bytes.fromhex("".join(commitments(event))) == bytes(event.commitments), event.action
        assert is_valid_mac(bytes(event.mac), written_part(event)), event.action
    assert {event.target_label for event in events if event.action == "user.created"} >= {"neo", "a", "b"}
    (ended,) = [event for event in events if event.action == "user.deactivated"]
    assert ended.details["revoked"] == ended.revoked == {"tokens": 0, "sessions": 0, "invitations": 0}
    assert ended.connection_id is not None


def test_page_of_events_needs_one_more_statement(organization, django_assert_num_queries):
    for number in range(5):
        factories.make_user(organization, f"user{number}")
    with django_assert_num_queries(2):
        events = attach(AuditEvent.objects.newest_first()[:5])
        assert all(event.target_label and event.actor_label for event in events)


def test_erasing_one_person_keeps_the_others_and_the_leaf(event, organization):
    leaf = leaf_of(event)
    assert erase(organization, BOB, event) == 1
    found = read(event)
    assert (found.target_label, found.reason, found.changes) == ("Erased", "", [])
    assert (found.actor_label, found.personal.is_erased) == ("ada@example.com", True)
    assert leaf_of(found) == leaf
    assert commitments(event)[1] is None
    assert erase(organization, BOB, event) == 0


def test_erasing_requires_the_organization_the_person_and_the_event(event, organization, other_organization):
    assert erase(other_organization, BOB, event) == 0
    assert erase(organization, "somebody else", event) == 0
    assert erase(organization, BOB) == 0
    assert read(event).target_label == "bob@example.com"


CHANGES = {
    "value": "UPDATE audit_personal SET parts = jsonb_set(parts, '{0,value,label}', '\"eve\"')",
    "salt only": "UPDATE audit_personal SET parts = parts #- '{0,salt}'",
    "value only": "UPDATE audit_personal SET parts = parts #- '{0,value}'",
    "part": "UPDATE audit_personal SET parts = parts - 0",
    "order": "UPDATE audit_personal SET parts = jsonb_build_array(parts -> 1, parts -> 0)",
    "event": "UPDATE audit_personal SET event_id = gen_random_uuid()",
    "delete": "DELETE FROM audit_personal",
}


@pytest.mark.parametrize("statement", CHANGES.values(), ids=CHANGES)
def test_owner_can_only_erase(event, statement):
    with pytest.raises((ProgrammingError, InternalError), match="append-only"), transaction.atomic():
        connection.cursor().execute(statement)


FORGERIES = {
    "a value": (
        "UPDATE audit_personal SET parts = jsonb_set(parts, '{0,value,label}', '\"eve\"')",
        "changed values: actor",
    ),
    "a subject": (
        "UPDATE audit_personal SET parts = jsonb_set(parts, '{1,subject}', '\"x\"')",
        "changed values: target",
    ),
    "an erasure": (
        "UPDATE audit_personal SET parts = parts #- '{1,salt}' #- '{1,value}'",
        "lost values without a recorded erasure: target",
    ),
    "no parts": ("UPDATE audit_personal SET parts = '[]'", "lost personal values"),
    "no row": ("DELETE FROM audit_personal", "lost personal values"),
}


@pytest.mark.parametrize(("statement", "problem"), FORGERIES.values(), ids=FORGERIES)
def test_tampering_with_values_is_found(event, organization, statement, problem):
    while seal_events():
        continue
    assert list(faults(organization.pk)) == []
    tamper(f"{statement} WHERE event_id = '{event.pk}'")
    (fault,) = faults(organization.pk)
    assert (fault.event_id, fault.problem.endswith(problem)) == (event.pk, True)


OLD_VALUES = dict.fromkeys(OLD_COLUMNS, "'x'") | {
    "actor_address": "'192.0.2.1'",
    "changes": "'[1]'",
    "details": "'{\"a\": 1}'",
}


@pytest.mark.parametrize("name", OLD_COLUMNS)
def test_value_in_a_column_of_older_versions_is_found(event, organization, name):
    assert event.version >= APART
    while seal_events():
        continue
    tamper(f"UPDATE audit_auditevent SET {name} = {OLD_VALUES[name]} WHERE id = '{event.pk}'")
    (fault,) = faults(organization.pk)
    assert (fault.event_id, fault.problem.endswith("columns of older versions")) == (event.pk, True)


def test_recorded_erasure_is_not_tampering(event, organization):
    target = Target(organization.pk, TargetType.USER, BOB, BOB)
    erase(organization, BOB, event)
    record(AuditAction.USER_ERASED, target=target, actor=factories.COMMAND)
    while seal_events():
        continue
    assert list(faults(organization.pk)) == []


def test_row_edited_before_sealing_has_a_different_mac(event, organization):
    tamper(f"UPDATE audit_auditevent SET actor_id = 'eve' WHERE id = '{event.pk}'")
    while seal_events():
        continue
    assert any("was not written by Control Hub" in fault.problem for fault in faults(organization.pk))
