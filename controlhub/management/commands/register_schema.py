"""`manage.py register_schema ORGANIZATION_ID FILE [--extends User]`."""

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from audit.actor import COMMAND
from controlhub.actions.schemas import register_schema
from controlhub.management.base import AnswerCommand, find_organization, read_json_file


class Command(AnswerCommand):
    help = "Register a custom SCIM schema (RFC 7643 §7), as an extension with --extends."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("organization", metavar="organization_id")
        parser.add_argument("file", help="the schema as JSON; - for standard input")
        parser.add_argument("--extends", metavar="RESOURCE_TYPE", help="User, Group or a type of its own")
        parser.add_argument("--required", action="store_true", help="every resource of that type must have it")

    def answer(self, options: Mapping[str, Any]) -> dict[str, Any]:
        tenant = find_organization(options["organization"])
        extends = options["extends"] or ""
        schema = register_schema(
            tenant,
            definition=read_json_file(options["file"]),
            extends=extends,
            required=options["required"],
            actor=COMMAND,
        )
        return {"schema": schema.urn, "extends": extends or "nothing yet"}
