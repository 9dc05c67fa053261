"""Deleted people are permanently deleted after 30 days."""

import pytest

from audit.models import AuditEvent
from directory.actions import purges
from directory.actions.people import delete_person
from directory.actions.purges import purge_due_people
from directory.models import Person
from tests.factories import COMMAND, make_person


def test_people_are_permanently_deleted_30_days_after_deletion(organization, at):
    kept, gone = make_person(organization, "kept@example.com"), make_person(organization)
    delete_person(gone, actor=COMMAND)
    at(days=29)
    assert purge_due_people() == 0
    delete_person(kept, actor=COMMAND)
    at(days=30, seconds=5)
    assert purge_due_people() == 1
    assert list(Person.objects.all()) == [kept]
    event = AuditEvent.objects.about(gone.pk).newest_first()[0]
    assert (event.action, event.actor_kind) == ("directory_user.purged", "system")
    assert purge_due_people() == 0


@pytest.mark.parametrize("most", [3, 100])
def test_run_purges_in_batches_up_to_its_limit(organization, at, monkeypatch, most):
    monkeypatch.setattr(purges, "BATCH", 2)
    monkeypatch.setattr(purges, "MOST", most)
    for number in range(5):
        delete_person(make_person(organization, f"p{number}@example.com"), actor=COMMAND)
    at(days=31)
    assert purge_due_people() == min(most, 5)
    assert Person.objects.count() == 5 - min(most, 5)
