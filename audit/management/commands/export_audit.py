"""`manage.py export_audit ID FILE`: the log of an organization with what others need to verify it."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from audit.bundle import write_bundle


class Command(BaseCommand):
    help = "Write the sealed events of an organization, with checkpoints, keys and the verifier, to a new zip file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("organization", metavar="ID", type=UUID)
        parser.add_argument("file", metavar="FILE", type=Path)

    def handle(self, *_args: Any, organization: UUID, file: Path, **_options: Any) -> None:
        try:
            with file.open("xb") as bundle:
                count = write_bundle(bundle, organization)
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}.") from error
        self.stdout.write(f"{count} events written. To verify them: unzip {file}, then python verifier.py {file}")
