"""A user as the audit log names it."""

from audit.record import Target
from controlhub.models import User


def audit_target(user: User) -> Target:
    return Target(user.organization_id, "User", str(user.id), user.shown_user_name)
