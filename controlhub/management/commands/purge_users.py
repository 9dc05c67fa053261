"""`manage.py purge_users`: runs the purge by hand, which Celery beat runs every ten minutes."""

from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from typing import Any

from audit.actor import COMMAND
from controlhub.actions.purges import plan_purge, purge_due_users
from controlhub.management.base import AnswerCommand, find_organization
from controlhub.models import Organization


class Command(AnswerCommand):
    help = "Permanently delete the users whose retention period has ended; --dry-run lists them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--organization", metavar="ID")
        parser.add_argument(
            "--dry-run", action="store_true", help="list the users who would be deleted, and delete none"
        )

    def answer(self, options: Mapping[str, Any]) -> dict[str, Any] | list[Any]:
        tenant = find_organization(options["organization"]) if options["organization"] else None
        if options["dry_run"]:
            return list(dry_run(tenant))
        result = purge_due_users(tenant, actor=COMMAND)
        return {"purged": result.purged, "kept": result.passed_over, "waiting": result.waiting}


def dry_run(tenant: Organization | None) -> Iterator[dict[str, Any]]:
    """Yields the users that a run would permanently delete now, and those that wait, with the reason."""
    for organization in [tenant] if tenant else Organization.objects.order_by("pk"):
        plan = plan_purge(organization)
        for user in plan.users[: plan.due].iterator():
            row = {"id": user.id, "user_name": user.shown_user_name, "inactive_since": user.deactivated_at}
            yield row | {"waits": plan.waits} if plan.waits else row
