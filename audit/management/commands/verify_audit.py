"""`manage.py verify_audit`: check that every event is present, unchanged and in its place."""

from argparse import ArgumentParser
from collections.abc import Iterator
from itertools import chain
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from audit.checkpoint_files import last_note
from audit.losses import shown
from audit.models import AuditCheckpoint, AuditEvent, AuditLeaf, AuditSeal
from audit.old_seals import old_faults
from audit.reading import Fault
from audit.recovered import recoveries
from audit.seal import DivergedError, oldest_transaction, seal_events
from audit.signing import origin_of, verifier_keys
from audit.verification import faults
from controlhub.actions.firings import report_failed_verification


class Command(BaseCommand):
    help = "Check the audit log of one or all organizations; exit code 1 if an event is missing or changed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organization", metavar="ID", type=UUID)

    def handle(self, *_args: Any, organization: UUID | None, **_options: Any) -> None:
        before = oldest_transaction()
        self._seal()
        checked = [organization] if organization else organizations()
        counts = {pk: self._check(pk, before) for pk in checked}
        found = sum(counts.values())
        if found:
            report_failed_verification(pk for pk, count in counts.items() if count)
            raise CommandError(f"{found} faults: the log was altered after it was written.")
        self.stdout.write("The log is complete and unchanged.")

    def _seal(self) -> None:
        """Seal pending events. If that is not possible, the check itself finds the reason."""
        try:
            while seal_events():
                continue
        except DivergedError as error:
            self.stderr.write(str(error))

    def _check(self, organization_id: UUID, before: int) -> int:
        """Check the log of an organization. Returns the number of faults."""
        count = 0
        for fault in all_faults(organization_id, before):
            count += 1
            event = f" ({fault.event_id})" if fault.event_id else ""
            self.stderr.write(f"{organization_id}: {fault.problem}{event}")
        for recovery in recoveries(organization_id):
            when = f"recovered at {shown(recovery.recorded_at)} (event {recovery.event_id})"
            self.stdout.write(f"{organization_id}: {when}: {recovery.loss}")
        for key in verifier_keys(origin_of(organization_id)):
            self.stdout.write(f"{organization_id}: public key {key}")
        sealed = AuditLeaf.objects.filter(organization_id=organization_id).count()
        self.stdout.write(f"{organization_id}: {sealed} events checked")
        if last_note(organization_id) is None:
            self.stderr.write(f"{organization_id}: no file of checkpoints here; removed newest events are not found")
        return count


def all_faults(organization_id: UUID, before: int) -> Iterator[Fault]:
    """The faults in an organization's tree, and in the seals from before the tree was introduced."""
    return chain(faults(organization_id, before=before), old_faults(organization_id))


def organizations() -> list[UUID]:
    """Every organization that ever had an event, even one whose events, leaves or checkpoints are gone."""
    tables = (AuditLeaf, AuditCheckpoint, AuditSeal)
    seen = AuditEvent.objects.values_list("organization_id").union(
        *(table.objects.values_list("organization_id") for table in tables)
    )
    return [row[0] for row in seen]
