"""`manage.py register_resource_type ORGANIZATION_ID FILE`."""

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from audit.actor import COMMAND
from controlhub.actions.schemas import register_resource_type
from controlhub.management.base import AnswerCommand, find_organization, read_json_file


class Command(AnswerCommand):
    help = "Register a SCIM resource type over schemas that are registered (RFC 7643 §6)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("organization", metavar="organization_id")
        parser.add_argument("file", help="{name, endpoint, description, schema, schemaExtensions} as JSON; - for stdin")

    def answer(self, options: Mapping[str, Any]) -> dict[str, Any]:
        tenant = find_organization(options["organization"])
        kind = register_resource_type(tenant, definition=read_json_file(options["file"]), actor=COMMAND)
        return {"resource_type": kind.name, "endpoint": kind.endpoint, "schema": kind.schema.urn}
