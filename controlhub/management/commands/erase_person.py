"""`manage.py erase_person ORGANIZATION_ID USER_ID`."""

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError

from audit.actor import COMMAND
from controlhub.actions.erasure import erase_person
from controlhub.errors import DomainError
from controlhub.management.base import AnswerCommand, find_organization


class Command(AnswerCommand):
    help = "Erase the personal data that remains of a permanently deleted user. This cannot be undone."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("organization", metavar="organization_id")
        parser.add_argument("user", metavar="user_id", type=UUID)

    def answer(self, options: Mapping[str, Any]) -> dict[str, Any]:
        tenant = find_organization(options["organization"])
        try:
            return {"events": erase_person(tenant, options["user"], actor=COMMAND)}
        except DomainError as error:
            raise CommandError(error.message) from error
