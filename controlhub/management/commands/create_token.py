"""`manage.py create_token ORGANIZATION_ID --name NAME`."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from audit.actor import COMMAND
from controlhub.actions.tokens import DEFAULT_DAYS, issue_token
from controlhub.management.base import AnswerCommand, find_organization
from controlhub.models import Organization, Scope, User
from controlhub.names import canonical_key


class Command(AnswerCommand):
    help = "Issue an access token; prints its secret once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("organization", metavar="organization_id")
        parser.add_argument("--name", required=True, help="by which you will know it")
        parser.add_argument("--scopes", nargs="+", choices=Scope.values, default=[Scope.SCIM_READ, Scope.SCIM_WRITE])
        parser.add_argument("--days", type=int, default=DEFAULT_DAYS, help="until it expires")
        parser.add_argument("--user", metavar="USERNAME", help="whose personal token it is")

    def answer(self, *, organization: str, name: str, user: str | None, **options: Any) -> dict[str, Any]:
        tenant = find_organization(organization)
        token, secret = issue_token(
            tenant,
            name=name,
            scopes=[Scope(scope) for scope in options["scopes"]],
            days=options["days"],
            user=find_user(tenant, user) if user else None,
            actor=COMMAND,
        )
        return {"id": token.id, "token": secret, "prefix": token.prefix, "expires_at": token.expires_at.isoformat()}


def find_user(organization: Organization, user_name: str) -> User:
    user = User.objects.in_organization(organization).filter(user_name_key=canonical_key(user_name)).first()
    if user is None:
        raise CommandError(f"There is no user {user_name} in {organization.name}.")
    return user
