"""`manage.py remove_schema ORGANIZATION_ID URN`."""

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from audit.actor import COMMAND
from controlhub.actions.schemas import find_schema, remove_schema
from controlhub.management.base import AnswerCommand, find_organization


class Command(AnswerCommand):
    help = "Remove a custom schema that no resource uses."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("organization", metavar="organization_id")
        parser.add_argument("urn")

    def answer(self, options: Mapping[str, Any]) -> dict[str, Any]:
        schema = find_schema(find_organization(options["organization"]), options["urn"])
        remove_schema(schema, actor=COMMAND)
        return {"removed": schema.urn}
