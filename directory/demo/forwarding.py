"""Makes deletions of the directory older, so that 30 days can be watched in a minute."""

from datetime import timedelta

from django.db import transaction
from django.db.models import F

from audit.actor import Actor
from audit.record import EventContent, record
from audit.vocabulary import AuditAction
from directory.actions.applications import audit_target
from directory.actions.purges import purge_due_people
from directory.demo.invented import DOMAIN
from directory.engine.control import start_now
from directory.models import Application, Person


def forward(application: Application, *, days: int, actor: Actor) -> tuple[int, int]:
    """Returns how many deleted people became older, and how many were permanently deleted because of it.

    Only invented people are moved: those whose name ends in the demo's domain.
    """
    moved = make_older(application, days=days, actor=actor)
    purged = purge_due_people(actor=actor)
    start_now(application, actor=actor)
    return moved, purged


@transaction.atomic
def make_older(application: Application, *, days: int, actor: Actor) -> int:
    """Returns how many deletions of invented people are older now."""
    deleted = Person.objects.in_organization(application.organization).deleted()
    moved = deleted.filter(original_upn__iendswith=f"@{DOMAIN}").update(
        deleted_at=F("deleted_at") - timedelta(days=days)
    )
    content = EventContent(details={"days": days, "people": moved})
    record(AuditAction.DEMO_FORWARDED, target=audit_target(application), content=content, actor=actor)
    return moved
