"""`manage.py create_token ORGANIZATION_ID --name NAME`."""

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError

from audit.actor import COMMAND
from controlhub.actions.tokens import DEFAULT_DAYS, issue_token
from controlhub.management.base import AnswerCommand, find_organization
from controlhub.models import Organization, Scope, User


class Command(AnswerCommand):
    help = "Issue an access token; prints its secret once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("organization", metavar="organization_id")
        parser.add_argument("--name", required=True, help="name shown in lists and in the audit log")
        parser.add_argument("--scopes", nargs="+", choices=Scope.values, default=[Scope.SCIM_READ, Scope.SCIM_WRITE])
        parser.add_argument("--days", type=int, default=DEFAULT_DAYS, help="until it expires")
        parser.add_argument("--user", metavar="USER_ID", help="user who owns the personal token")

    def answer(self, options: Mapping[str, Any]) -> dict[str, Any]:
        tenant = find_organization(options["organization"])
        token, secret = issue_token(
            tenant,
            name=options["name"],
            scopes=[Scope(scope) for scope in options["scopes"]],
            days=options["days"],
            user=find_user(tenant, options["user"]) if options["user"] else None,
            actor=COMMAND,
        )
        return {"id": token.id, "token": secret, "prefix": token.prefix, "expires_at": token.expires_at.isoformat()}


def find_user(organization: Organization, text: str) -> User:
    try:
        return User.objects.in_organization(organization).get(pk=UUID(text))
    except (ValueError, User.DoesNotExist):
        raise CommandError(f"There is no user with the id {text} in {organization.name}.") from None
