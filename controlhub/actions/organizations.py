"""Organizations: made at the command line, changed in the portal."""

from django.db import transaction

from audit.actor import Actor
from audit.record import Story, Target, record
from audit.vocabulary import AuditAction
from controlhub.errors import InvalidSettingError
from controlhub.models import Organization


@transaction.atomic
def create_organization(*, name: str, actor: Actor) -> Organization:
    """A new tenant with the default policies."""
    if not name.strip():
        raise InvalidSettingError("The organization needs a name.", field="name")
    organization = Organization.objects.create(name=name.strip()[:200])
    target = Target(organization.id, "Organization", str(organization.id), organization.name)
    record(AuditAction.ORGANIZATION_CREATED, target=target, story=Story(after={"name": organization.name}), actor=actor)
    return organization
