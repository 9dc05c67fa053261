"""The domain's tables."""

from controlhub.models.accounts import Account, Role, Session
from controlhub.models.groups import Group, Membership
from controlhub.models.organizations import Organization
from controlhub.models.throttles import Throttle
from controlhub.models.tokens import AccessToken, Scope
from controlhub.models.users import Source, Status, User

__all__ = [
    "AccessToken",
    "Account",
    "Group",
    "Membership",
    "Organization",
    "Role",
    "Scope",
    "Session",
    "Source",
    "Status",
    "Throttle",
    "User",
]
