"""`manage.py verify_audit`: is every event there, unchanged, in its place?"""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from audit.models import AuditEvent, AuditSeal
from audit.seal import faults, late_events, seal_events


class Command(BaseCommand):
    help = "Check the audit log of one or all organizations; exit code 1 if an event is missing or changed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organization", metavar="ID", type=UUID)

    def handle(self, *_args: Any, organization: UUID | None, **_options: Any) -> None:
        if late := late_events():
            self.stderr.write(f"{late} events waited over an hour for their number; is Celery beat running?")
        while seal_events():
            continue
        found = 0
        for organization_id in [organization] if organization else organizations():
            for fault in faults(organization_id):
                found += 1
                self.stderr.write(
                    f"{organization_id}: {fault.problem}" + (f" ({fault.event_id})" if fault.event_id else "")
                )
            sealed = AuditSeal.objects.filter(organization_id=organization_id).count()
            self.stdout.write(f"{organization_id}: {sealed} events checked")
        if found:
            raise CommandError(f"{found} faults: the log is not what was written.")
        self.stdout.write("The log is complete and unchanged.")


def organizations() -> list[UUID]:
    """Every organization that ever had an event, even one whose events or seals are gone."""
    seen = AuditSeal.objects.values_list("organization_id").union(AuditEvent.objects.values_list("organization_id"))
    return [row[0] for row in seen]
