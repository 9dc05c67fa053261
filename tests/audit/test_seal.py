"""Gapless numbers, and what the verifier finds."""

import hashlib
import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from audit.models import AuditEvent, AuditSeal
from audit.seal import faults, seal_events
from tests import factories, pages


@pytest.fixture
def sealed(organization):
    for index in range(5):
        factories.make_user(organization, f"user{index}@example.com")
    assert seal_events() == 6, "the organization's own event and five users"
    return organization


def tamper(statement, *parameters):
    """What only somebody with the owner's rights could do."""
    with connection.cursor() as cursor:
        for table in ("audit_auditevent", "audit_auditseal"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only")
        cursor.execute(statement, parameters)


def problems(organization):
    return [fault.problem for fault in faults(organization.pk)]


def test_numbers_have_no_gap(sealed):
    assert list(AuditSeal.objects.order_by("sequence").values_list("sequence", flat=True)) == [1, 2, 3, 4, 5, 6]
    assert seal_events() == 0
    assert problems(sealed) == []


def test_a_changed_event_is_found(sealed):
    event = AuditEvent.objects.order_by("created_at")[2]
    tamper("UPDATE audit_auditevent SET actor_id = 'somebody else' WHERE id = %s", event.pk)
    assert problems(sealed) == ["event number 3 was changed"]


def test_a_removed_event_is_found(sealed):
    tamper("DELETE FROM audit_auditevent WHERE id = (SELECT event_id FROM audit_auditseal WHERE sequence = 4)")
    assert problems(sealed) == ["event number 4 was removed"]


def test_a_removed_seal_is_found(sealed):
    tamper("DELETE FROM audit_auditseal WHERE sequence = 4")
    assert "numbers 4 to 4 are missing" in problems(sealed)


def test_the_command_says_so_and_fails(sealed, capsys):
    call_command("verify_audit")
    assert "complete and unchanged" in capsys.readouterr().out
    tamper("DELETE FROM audit_auditevent WHERE id = (SELECT event_id FROM audit_auditseal WHERE sequence = 6)")
    with pytest.raises(CommandError, match="1 faults"):
        call_command("verify_audit", organization=sealed.pk)


BEFORE_VERSION_2 = (
    "id", "organization_id", "created_at", "service", "category", "action", "activity", "result", "reason",
    "actor_kind", "actor_id", "actor_label", "actor_address", "user_agent", "request_id", "target_type", "target_id",
    "target_label", "changes", "details",
)  # fmt: skip
"""The columns of an event of version 1, over which its digest was made."""


def old_event(organization):
    """An event as it was written before there were several versions."""
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
    return AuditEvent.objects.get(pk=made.pk)


def test_events_of_both_formats_are_sealed_and_checked(organization):
    event = old_event(organization)
    content = {name: getattr(event, name) for name in BEFORE_VERSION_2}
    text = json.dumps(content, default=str, sort_keys=True, ensure_ascii=False)
    factories.make_user(organization, "neo@example.com")
    assert seal_events() == 3
    assert bytes(AuditSeal.objects.get(event_id=event.pk).digest) == hashlib.sha256(text.encode()).digest()
    assert sorted(AuditEvent.objects.values_list("version", flat=True)) == [1, 3, 3]
    assert problems(organization) == []


@pytest.mark.parametrize("version", [1, 3])
def test_another_format_is_a_changed_event(sealed, version):
    old_event(sealed)
    assert seal_events() == 1
    tamper(
        "UPDATE audit_auditevent SET version = version + 1 WHERE id = (SELECT id FROM audit_auditevent"
        " WHERE version = %s LIMIT 1)",
        version,
    )
    assert len(problems(sealed)) == 1


def test_the_portal_shows_an_event_of_the_first_format(portal, organization):
    page = pages.read(portal.get(f"/audit/{old_event(organization).pk}/"))
    assert (page.texts("del"), page.texts("ins")) == (["1"], ["[{'value': 'a'}]", "2"])
    assert "Not set" in page.text
