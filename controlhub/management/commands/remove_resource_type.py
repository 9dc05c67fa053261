"""`manage.py remove_resource_type ORGANIZATION_ID NAME`."""

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from audit.actor import COMMAND
from controlhub.actions.schemas import find_resource_type, remove_resource_type
from controlhub.management.base import AnswerCommand, find_organization


class Command(AnswerCommand):
    help = "Remove a resource type of the organization's own that has no resources."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("organization", metavar="organization_id")
        parser.add_argument("name")

    def answer(self, options: Mapping[str, Any]) -> dict[str, Any]:
        kind = find_resource_type(find_organization(options["organization"]), options["name"])
        remove_resource_type(kind, actor=COMMAND)
        return {"removed": kind.name}
