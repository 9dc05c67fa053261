"""`manage.py recover_audit`: record that a restored backup lacks the newest events of the log."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from audit.actor import COMMAND
from audit.checkpoint_files import organizations_with_files, written_at
from audit.losses import Loss, unsealed_loss
from audit.recovery import record_recovery
from audit.seal import DivergedError
from controlhub.models import Organization


class Command(BaseCommand):
    help = (
        "After restoring a backup, or failing over to a replica that lost its newest transactions: record which "
        "events of the audit log are lost. Without this, verify_audit reports them as removed, and nothing is sealed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organization", metavar="ID", type=UUID)
        parser.add_argument("--reason", required=True, help="what happened, for example: restored the backup of …")

    def handle(self, *_args: Any, organization: UUID | None, reason: str, **_options: Any) -> None:
        failed = 0
        for each in [organization] if organization else organizations_with_files():
            try:
                until = written_at(each)
                self.stdout.write(f"{each}: {described(recover(each, reason), until)}")
            except DivergedError as error:
                failed += 1
                self.stderr.write(f"{each}: {error}")
        if failed:
            raise CommandError(f"{failed} logs cannot be recovered. Run verify_audit.")


def recover(organization_id: UUID, reason: str) -> Loss | None:
    name = Organization.objects.filter(pk=organization_id).values_list("name", flat=True).first()
    return record_recovery(organization_id, name=name or "", reason=reason, actor=COMMAND)


def described(loss: Loss | None, until: datetime | None) -> str:
    """`until` is the time at which the newest checkpoint was written to the file before the recovery."""
    if loss:
        return f"recorded: {loss}"
    if until is None:
        return "no file of checkpoints here, so what is lost cannot be found"
    return f"no sealed event is lost, nothing is recorded. {unsealed_loss(until)}"
