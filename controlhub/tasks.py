"""Scheduled jobs: sweeps over the database's state, harmless when run twice (security.md §9)."""

from datetime import timedelta

from celery import shared_task
from django.db.models.functions import Now

from audit.seal import seal_events
from controlhub.actions.users import purge_due_users
from controlhub.models import PagePosition

PAGE_POSITIONS_KEPT = timedelta(days=1)


@shared_task
def purge_users() -> int:
    """Remove the users whose retention has ended; how many."""
    return purge_due_users().purged


@shared_task
def seal_audit() -> int:
    """Number the new audit events; how many."""
    return seal_events()


@shared_task
def sweep_page_positions() -> int:
    """Forget walks over lists that nobody has continued for a day; how many."""
    return PagePosition.objects.filter(noted_at__lt=Now() - PAGE_POSITIONS_KEPT).delete()[0]
