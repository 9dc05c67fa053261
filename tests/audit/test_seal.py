"""Gapless numbers, and what the verifier finds."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from audit.models import AuditEvent, AuditSeal
from audit.seal import faults, seal_events
from tests import factories


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
    tamper("UPDATE audit_auditevent SET actor_label = 'somebody else' WHERE id = %s", event.pk)
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
