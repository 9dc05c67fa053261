"""The models of the domain."""

from controlhub.models.accounts import Account
from controlhub.models.addresses import AddressUse, TypedAddress
from controlhub.models.alerts import Alert, AlertFiring, AlertState, AlertTrigger
from controlhub.models.clients import Client
from controlhub.models.connections import Connection
from controlhub.models.counts import RowCount
from controlhub.models.groups import Group, Membership
from controlhub.models.imports import (
    DeletedChoice,
    FileImport,
    FileRow,
    ImportMode,
    ImportRow,
    MatchBy,
    RowOutcome,
    RowResult,
    UserImport,
)
from controlhub.models.invitations import Invitation
from controlhub.models.jobs import Job, JobBatch, JobProblem, JobState
from controlhub.models.mail import OutgoingMail
from controlhub.models.organizations import Organization
from controlhub.models.policies import ScimDelete
from controlhub.models.positions import PagePosition
from controlhub.models.providers import IdentityProvider, RoleMapping
from controlhub.models.purge_runs import PurgeRun, PurgeState
from controlhub.models.purged_users import Cause, PurgedUser
from controlhub.models.remarks import UserRemark
from controlhub.models.repeats import RepeatedEvent
from controlhub.models.request_log import ProvisioningError, RequestHour, ScimRequest
from controlhub.models.roles import Permission, Role
from controlhub.models.saved_views import SavedView, ViewPage
from controlhub.models.scheduled_jobs import ScheduledJob
from controlhub.models.schemas import CustomResourceType, CustomSchema, Resource, SchemaExtension, UniqueValue
from controlhub.models.self_tests import SelfTest
from controlhub.models.sessions import Session
from controlhub.models.streams import (
    Stream,
    StreamDelivery,
    StreamHour,
    StreamKind,
    StreamLag,
    StreamRange,
    StreamState,
)
from controlhub.models.token_addresses import TokenAddress
from controlhub.models.tokens import AccessToken, Scope, TokenKind
from controlhub.models.users import Source, Status, User

ScimResource = User | Group | Resource
"""The models whose rows are resources: each has an organization and a document."""

__all__ = [
    "AccessToken",
    "Account",
    "AddressUse",
    "Alert",
    "AlertFiring",
    "AlertState",
    "AlertTrigger",
    "Cause",
    "Client",
    "Connection",
    "CustomResourceType",
    "CustomSchema",
    "DeletedChoice",
    "FileImport",
    "FileRow",
    "Group",
    "IdentityProvider",
    "ImportMode",
    "ImportRow",
    "Invitation",
    "Job",
    "JobBatch",
    "JobProblem",
    "JobState",
    "MatchBy",
    "Membership",
    "Organization",
    "OutgoingMail",
    "PagePosition",
    "Permission",
    "ProvisioningError",
    "PurgeRun",
    "PurgeState",
    "PurgedUser",
    "RepeatedEvent",
    "RequestHour",
    "Resource",
    "Role",
    "RoleMapping",
    "RowCount",
    "RowOutcome",
    "RowResult",
    "SavedView",
    "ScheduledJob",
    "SchemaExtension",
    "ScimDelete",
    "ScimRequest",
    "ScimResource",
    "Scope",
    "SelfTest",
    "Session",
    "Source",
    "Status",
    "Stream",
    "StreamDelivery",
    "StreamHour",
    "StreamKind",
    "StreamLag",
    "StreamRange",
    "StreamState",
    "TokenAddress",
    "TokenKind",
    "TypedAddress",
    "UniqueValue",
    "User",
    "UserImport",
    "UserRemark",
    "ViewPage",
]
