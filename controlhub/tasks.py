"""Scheduled jobs: sweeps over the database's state, harmless when run twice (security.md §9)."""

from celery import shared_task

from audit.seal import seal_events
from controlhub.actions.users import purge_due_users


@shared_task
def purge_users() -> int:
    """Remove the users whose retention has ended; how many."""
    return purge_due_users().purged


@shared_task
def seal_audit() -> int:
    """Number the new audit events; how many."""
    return seal_events()
