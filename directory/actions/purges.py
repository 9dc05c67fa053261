"""Permanently deletes people 30 days after they were deleted, as Entra does."""

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from audit.actor import SYSTEM, Actor
from directory.actions.people import purge_person
from directory.models import Person
from directory.models.people import RETENTION

BATCH = 100
MOST = 10_000
"""The maximum number of people in one run."""


def purge_due_people(among: QuerySet[Person] | None = None, *, actor: Actor = SYSTEM) -> int:
    """Permanently delete the people whose 30 days are over, in batches. Returns the number of deleted people.

    With `among`, only people in it. Any number of runs can share the work: a run skips people that another has locked.
    """
    people = Person.objects.all() if among is None else among
    purged = 0
    while purged < MOST and (batch := _purge_batch(people, min(BATCH, MOST - purged), actor)):
        purged += batch
    return purged


@transaction.atomic
def _purge_batch(among: QuerySet[Person], size: int, actor: Actor) -> int:
    due = among.filter(deleted_at__lte=Now() - RETENTION).order_by("deleted_at", "pk")
    people = list(due.select_for_update(of=("self",), skip_locked=True).select_related("organization")[:size])
    for person in people:
        purge_person(person, actor=actor)
    return len(people)
