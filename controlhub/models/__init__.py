"""The domain's tables."""

from controlhub.models.accounts import Account, Role, Session
from controlhub.models.counts import RowCount
from controlhub.models.groups import Group, Membership
from controlhub.models.organizations import Organization
from controlhub.models.positions import PagePosition
from controlhub.models.schemas import CustomResourceType, CustomSchema, Resource, SchemaExtension, UniqueValue
from controlhub.models.throttles import Throttle
from controlhub.models.tokens import AccessToken, Scope
from controlhub.models.users import Source, Status, User

__all__ = [
    "AccessToken",
    "Account",
    "CustomResourceType",
    "CustomSchema",
    "Group",
    "Membership",
    "Organization",
    "PagePosition",
    "Resource",
    "Role",
    "RowCount",
    "SchemaExtension",
    "Scope",
    "Session",
    "Source",
    "Status",
    "Throttle",
    "UniqueValue",
    "User",
]
