"""`manage.py export_audit ID FILE`: export an organization's log with everything needed to verify it."""

from argparse import ArgumentParser
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from audit.actor import COMMAND
from audit.bundle import write_bundle
from controlhub.actions.exports import finish_export_of_events, start_export_of_events
from controlhub.models import Organization


class Command(BaseCommand):
    help = "Write the sealed events of an organization, with checkpoints, keys and the verifier, to a new zip file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("organization", metavar="ID", type=UUID)
        parser.add_argument("file", metavar="FILE", type=Path)

    def handle(self, *_args: Any, organization: UUID, file: Path, **_options: Any) -> None:
        found = Organization.objects.filter(pk=organization).first()
        if found is None:
            message = f"There is no organization {organization}. `manage.py list_organizations` shows the ids."
            raise CommandError(message)
        try:
            with file.open("xb") as bundle:
                count = self._write(bundle, found)
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}.") from error
        self.stdout.write(f"{count} events written. To verify them: unzip {file}, then python verifier.py {file}")

    def _write(self, bundle: IO[bytes], organization: Organization) -> int:
        """Write the bundle, and record the export and its number of events. Returns the number of events."""
        export = start_export_of_events(organization, file_format="bundle", query="", actor=COMMAND)
        try:
            count = write_bundle(bundle, organization.pk)
        except BaseException:
            finish_export_of_events(export, events=0, is_complete=False)
            raise
        finish_export_of_events(export, events=count, is_complete=True)
        return count
