"""`manage.py create_admin EMAIL --organization ID`."""

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from audit.actor import COMMAND
from controlhub.actions.admins import create_admin
from controlhub.management.base import AnswerCommand, find_organization
from controlhub.models import Role


class Command(AnswerCommand):
    help = "Make a person an administrator, or give one a new password and role; prints the password once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("email")
        parser.add_argument("--organization", required=True, metavar="ID")
        parser.add_argument("--role", choices=Role.values, default=Role.FULL_ADMIN)

    def answer(self, options: Mapping[str, Any]) -> dict[str, Any]:
        account, password = create_admin(
            find_organization(options["organization"]),
            address=options["email"],
            role=Role(options["role"]),
            actor=COMMAND,
        )
        return {"email": account.sign_in_address, "password": password}
