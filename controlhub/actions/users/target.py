"""A user as the audit log names it."""

from audit.record import Target
from audit.vocabulary import TargetType
from controlhub.models import User


def audit_target(user: User) -> Target:
    organization = user.organization
    return Target(
        organization.pk, TargetType.USER, str(user.id), user.shown_user_name, frozenset(organization.secret_attributes)
    )
