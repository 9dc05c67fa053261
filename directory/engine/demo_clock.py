"""The clock of the demo: moves deletions of invented people into the past, so that 30 days pass in a minute."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from audit.actor import Actor
from audit.record import EventContent, record
from audit.vocabulary import AuditAction
from controlhub.errors import InvalidSettingError
from controlhub.models import Organization
from directory.actions.applications import audit_target
from directory.actions.purges import purge_due_people
from directory.engine.control import start_now
from directory.models import Application, Person
from directory.models.people import RETENTION

DOMAIN = "harborpine.example"
"""The domain of invented people. `.example` is reserved, so nobody's real address ends in it."""
NAME = "Control Hub (demo)"
TEMPLATE = "control-hub"
NAMED = 10
"""The maximum number of people that a forecast names."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """The effect of `forward`: how many deletions it moves, and who is permanently deleted because of it."""

    people: int
    due: int
    named: list[Person]


def demo_of(organization: Organization) -> Application | None:
    """The application that `make demo` added; None in an organization without it."""
    demos = Application.objects.in_organization(organization).filter(name=NAME, template=TEMPLATE)
    return demos.select_related("organization").first()


def forecast(application: Application, *, days: int) -> Forecast:
    deleted = _invented(application).order_by("deleted_at", "pk")
    due = deleted.filter(deleted_at__lte=Now() - RETENTION + timedelta(days=days))
    return Forecast(people=deleted.count(), due=due.count(), named=list(due[:NAMED]))


def forward(application: Application, *, days: int, actor: Actor) -> tuple[int, int]:
    """Move deletions into the past. Returns their number, and that of the people permanently deleted because of it.

    Only invented people of the organization are affected. A cycle begins at once if provisioning is on.
    """
    moved = make_older(application, days=days, actor=actor)
    purged = purge_due_people(_invented(application), actor=actor)
    with suppress(InvalidSettingError):  # provisioning is off or paused: a later cycle sends the changes
        start_now(application, actor=actor)
    return moved, purged


@transaction.atomic
def make_older(application: Application, *, days: int, actor: Actor) -> int:
    """Returns the number of deletions of invented people that were moved into the past."""
    moved = _invented(application).update(deleted_at=F("deleted_at") - timedelta(days=days))
    content = EventContent(details={"days": days, "people": moved})
    record(AuditAction.DEMO_FORWARDED, target=audit_target(application), content=content, actor=actor)
    return moved


def _invented(application: Application) -> QuerySet[Person]:
    """The invented people of the application's organization who are deleted."""
    deleted = Person.objects.in_organization(application.organization).deleted()
    return deleted.filter(original_upn__iendswith=f"@{DOMAIN}")
