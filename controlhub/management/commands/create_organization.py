"""`manage.py create_organization NAME`."""

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from audit.actor import COMMAND
from controlhub.actions.organizations import create_organization
from controlhub.management.base import AnswerCommand
from controlhub.public_urls import tenant_url


class Command(AnswerCommand):
    help = "Create an organization; prints its id and the Tenant URL for its identity provider."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("name")

    def answer(self, options: Mapping[str, Any]) -> dict[str, Any]:
        organization = create_organization(name=options["name"], actor=COMMAND)
        return {"id": organization.id, "name": organization.name, "tenant_url": tenant_url(organization.id)}
