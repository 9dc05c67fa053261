"""A user as the audit log names it."""

from audit.record import Target
from controlhub.models import User


def audit_target(user: User) -> Target:
    organization = user.organization
    return Target(
        organization.pk, "User", str(user.id), user.shown_user_name, frozenset(organization.secret_attributes)
    )
