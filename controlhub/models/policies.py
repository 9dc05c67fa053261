"""The policies of an organization, each declared once with its values, label and help text.

The model's constraints, the portal's forms, the command `change_policies`, the audit event and the table in
docs/operations.md are derived from them.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from controlhub.errors import InvalidSettingError
from controlhub.security.network_lists import MOST_NETWORKS, NetworkListError, read_networks
from scim.protocol.leniency import Tolerance


class Page(StrEnum):
    """The page of the portal that shows a policy."""

    ORGANIZATION = "Organization"
    SCHEMAS = "Schemas"
    SIGN_IN = "Sign-in policy"


class ScimDelete(models.TextChoices):
    """The effect of a SCIM DELETE of a user."""

    PURGE = "purge", _("Delete permanently, at once")
    SOFT = "soft", _("Delete, with recovery during the retention period")


@dataclass(frozen=True, kw_only=True)
class Policy(ABC):
    """`name` is the name of the column and in the audit event."""

    name: str
    label: str | Promise
    help: str | Promise
    page: Page
    default: Any

    @property
    def option(self) -> str:
        """The option of the command `change_policies`."""
        return f"--{self.name.replace('_', '-')}"

    @property
    @abstractmethod
    def values(self) -> str:
        """The possible values, in words."""

    @property
    def check(self) -> models.Q | None:
        """The database constraint of the column."""
        return None

    @abstractmethod
    def clean(self, value: Any) -> Any:
        """Returns the value to store. InvalidSettingError if it is not a possible value."""


class Switch(Policy):
    @property
    def values(self) -> str:
        return "on, off"

    def clean(self, value: Any) -> bool:
        return bool(value)


@dataclass(frozen=True, kw_only=True)
class Number(Policy):
    least: int
    most: int

    @property
    def values(self) -> str:
        return f"{self.least:,} to {self.most:,}"

    @property
    def check(self) -> models.Q:
        return models.Q(**{f"{self.name}__range": (self.least, self.most)})

    def clean(self, value: Any) -> int:
        if not isinstance(value, int) or not self.least <= value <= self.most:
            raise InvalidSettingError(
                gettext("{name} must be a whole number from {least} to {most}.").format(
                    name=self.name, least=self.least, most=self.most
                ),
                field=self.name,
            )
        return value


@dataclass(frozen=True, kw_only=True)
class Choice(Policy):
    choices: type[models.TextChoices]

    @property
    def values(self) -> str:
        return ", ".join(self.choices.values)

    @property
    def check(self) -> models.Q:
        return models.Q(**{f"{self.name}__in": self.choices.values})

    def clean(self, value: Any) -> str:
        if value not in self.choices.values:
            raise InvalidSettingError(
                gettext("{name} must be one of: {values}.").format(name=self.name, values=self.values), field=self.name
            )
        return str(value)


@dataclass(frozen=True, kw_only=True)
class Text(Policy):
    max_length: int
    default: str = ""

    @property
    def values(self) -> str:
        return f"up to {self.max_length} characters"

    def clean(self, value: Any) -> str:
        return str(value).strip()[: self.max_length]


@dataclass(frozen=True, kw_only=True)
class Tolerances(Policy):
    """Names of refused tolerances, sorted."""

    default: Any = field(default=list)

    @property
    def values(self) -> str:
        return "names of tolerances"

    def clean(self, value: Iterable[str]) -> list[str]:
        known = {tolerance.value for tolerance in Tolerance}
        refused = sorted(set(value))
        if unknown := [name for name in refused if name not in known]:
            raise InvalidSettingError(
                gettext("Unknown deviation: {names}. Use one of: {known}.").format(
                    names=", ".join(unknown), known=", ".join(sorted(known))
                ),
                field=self.name,
            )
        return refused


@dataclass(frozen=True, kw_only=True)
class Networks(Policy):
    """Networks in CIDR notation, in their original order. An empty list means all networks."""

    default: Any = field(default=list)

    @property
    def values(self) -> str:
        return f"up to {MOST_NETWORKS} IPv4 or IPv6 networks"

    @property
    def check(self) -> models.Q:
        return models.Q(**{f"{self.name}__len__lte": MOST_NETWORKS})

    def clean(self, value: Iterable[str]) -> list[str]:
        try:
            return read_networks(value)
        except NetworkListError as error:
            raise InvalidSettingError(" ".join(error.problems), field=self.name) from None


RETENTION_DAYS = Number(
    name="retention_days",
    label=_("Retention period (days)"),
    help=_("An Inactive user can be recovered for this long."),
    page=Page.ORGANIZATION,
    default=30,
    least=1,
    most=365,
)
PURGE_DEACTIVATED = Switch(
    name="purge_deactivated",
    label=_("Permanently delete users who were only deactivated"),
    help=_("If off, only deleted users are permanently deleted when their retention period ends."),
    page=Page.ORGANIZATION,
    default=True,
)
SCIM_DELETE = Choice(
    name="scim_delete",
    label=_("Effect of a SCIM DELETE"),
    help=_("SCIM clients no longer see the user in either case."),
    page=Page.ORGANIZATION,
    default=ScimDelete.PURGE,
    choices=ScimDelete,
)
REVIVE_ON_CREATE = Switch(
    name="revive_on_create",
    label=_("Reactivate Inactive users on SCIM POST"),
    help=_(
        "A POST with the userName or externalId of an Inactive user reactivates that user. If "
        "this is off, a POST with that userName returns 409, and a POST with that externalId "
        "creates a second user."
    ),
    page=Page.ORGANIZATION,
    default=True,
)
PURGE_SHARE = Number(
    name="purge_share",
    label=_("Daily deletion limit: percent of users"),
    help=_(
        "Permanent deletions above the limit wait until an administrator allows them. If more "
        "users than this are deactivated within an hour, that is a spike in deactivations. If "
        "more users than this are missing from an import file, the import deactivates none of "
        "them."
    ),
    page=Page.ORGANIZATION,
    default=5,
    least=1,
    most=100,
)
PURGE_FLOOR = Number(
    name="purge_floor",
    label=_("Daily deletion limit: minimum"),
    help=_("The limit is at least this many users, for organizations with few users."),
    page=Page.ORGANIZATION,
    default=50,
    least=0,
    most=1_000_000,
)
ERASE_AFTER_DAYS = Number(
    name="erase_after_days",
    label=_("Erase personal data after permanent deletion (days)"),
    help=_("With 0, the audit log keeps names and values until an administrator erases them."),
    page=Page.ORGANIZATION,
    default=0,
    least=0,
    most=3_650,
)
AUDIT_RETENTION_DAYS = Number(
    name="audit_retention_days",
    label=_("Keep audit events (days)"),
    help=_("Older audit events are exported to a signed file on the server, and then removed."),
    page=Page.ORGANIZATION,
    default=365,
    least=30,
    most=3_650,
)
AUDIT_HOLD = Switch(
    name="audit_hold",
    label=_("Hold on the audit log"),
    help=_("While it is on, no audit event is removed, and no personal data is erased."),
    page=Page.ORGANIZATION,
    default=False,
)
HOLD_REASON = Text(
    name="hold_reason",
    label=_("Legal hold on all users"),
    help=_("While a reason is entered, no user is permanently deleted."),
    page=Page.ORGANIZATION,
    max_length=500,
)
REFUSED_TOLERANCES = Tolerances(
    name="refused_tolerances",
    label=_("Refused deviations from the SCIM standard"),
    help=_("A request that needs a refused deviation is refused with 400."),
    page=Page.SCHEMAS,
)
UNIQUE_GROUP_NAMES = Switch(
    name="unique_group_names",
    label=_("Group names are unique"),
    help=_("A group with the displayName of another group is refused with 409."),
    page=Page.SCHEMAS,
    default=False,
)
REQUIRE_SECOND_FACTOR = Switch(
    name="require_second_factor",
    label=_("Second factor required for administrators"),
    help=_(
        "Administrators without a second factor must set one up before they can do anything else. A passkey counts."
    ),
    page=Page.SIGN_IN,
    default=False,
)
SESSION_HOURS = Number(
    name="session_hours",
    label=_("Session length (hours)"),
    help=_("A session ends this long after the sign-in."),
    page=Page.SIGN_IN,
    default=12,
    least=1,
    most=168,
)
SESSION_IDLE_MINUTES = Number(
    name="session_idle_minutes",
    label=_("Idle timeout (minutes)"),
    help=_("A session ends this long after its last request. Automatic page updates do not count."),
    page=Page.SIGN_IN,
    default=720,
    least=5,
    most=1440,
)
ALLOWED_NETWORKS = Networks(
    name="allowed_networks",
    label=_("Allowed networks"),
    help=_(
        "Administrators can use the portal only from these networks, one per line. An empty list allows all networks."
    ),
    page=Page.SIGN_IN,
)

POLICIES = {
    policy.name: policy
    for policy in (
        RETENTION_DAYS,
        PURGE_DEACTIVATED,
        SCIM_DELETE,
        REVIVE_ON_CREATE,
        PURGE_SHARE,
        PURGE_FLOOR,
        ERASE_AFTER_DAYS,
        AUDIT_RETENTION_DAYS,
        AUDIT_HOLD,
        HOLD_REASON,
        REFUSED_TOLERANCES,
        UNIQUE_GROUP_NAMES,
        REQUIRE_SECOND_FACTOR,
        SESSION_HOURS,
        SESSION_IDLE_MINUTES,
        ALLOWED_NETWORKS,
    )
}


def policy_checks() -> list[models.CheckConstraint]:
    """Returns the constraints of the organization's table for its policies."""
    return [
        models.CheckConstraint(condition=policy.check, name=f"organization_{policy.name}")
        for policy in POLICIES.values()
        if policy.check is not None
    ]
