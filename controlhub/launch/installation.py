"""Creates the first organization, administrator and token, and says what an operator needs to know next."""

import os
from dataclasses import dataclass

from controlhub.errors import DomainError
from controlhub.launch.errors import StartError


@dataclass(frozen=True)
class Welcome:
    """The text that is printed when the portal is up. It has secrets only if they were just created."""

    portal: str
    organization_id: str
    tenant_url: str
    address: str
    password: str | None = None
    token: str | None = None

    def __str__(self) -> str:
        shown = "(shown at the first start; `manage.py create_admin` creates a new one)"
        token = "(shown at the first start; issue another on the Provisioning page)"  # noqa: S105
        return "\n".join(
            (
                "Control Hub is ready.",
                "",
                f"  Portal           {self.portal}",
                f"  Sign in as       {self.address}   password  {self.password or shown}",
                f"  Organization ID  {self.organization_id}",
                f"  Tenant URL       {self.tenant_url}",
                f"  Secret token     {self.token or token}",
                "",
                "Stop with Ctrl-C. Save the password and the token now: they are shown only once."
                if self.password
                else "Stop with Ctrl-C.",
            )
        )


def ensure_installation() -> Welcome:
    """Create the first organization, administrator and token if they do not exist yet."""
    import django

    django.setup()
    from django.conf import settings

    from audit.actor import COMMAND
    from controlhub.actions.admins import create_admin
    from controlhub.actions.organizations import create_organization
    from controlhub.actions.tokens import issue_token
    from controlhub.models import Account, Organization, Role
    from controlhub.public_urls import tenant_url

    organization = Organization.objects.order_by("created_at").first()
    if organization is None:
        organization = create_organization(name=os.environ.get("ORGANIZATION_NAME") or "My organization", actor=COMMAND)
    welcome = {
        "portal": settings.PUBLIC_URL,
        "organization_id": str(organization.id),
        "tenant_url": tenant_url(organization.id),
    }
    admins = Account.objects.filter(user__organization=organization, role=Role.FULL_ADMIN)
    if account := admins.order_by("created_at").first():
        return Welcome(**welcome, address=account.sign_in_address)
    try:
        account, password = create_admin(
            organization,
            address=os.environ.get("ADMIN_EMAIL") or "admin@example.com",
            role=Role.FULL_ADMIN,
            actor=COMMAND,
        )
    except DomainError as error:
        raise StartError(f"ADMIN_EMAIL is not valid: {error.message}") from error
    _, token = issue_token(organization, name="Quick start", actor=COMMAND)
    return Welcome(**welcome, address=account.sign_in_address, password=password, token=token)
