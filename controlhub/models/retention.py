"""How long an Inactive user is kept, and why. Each rule is written twice, for Python and for SQL, side by side.

The end of the period is written a third time, in `controlhub.sql.overview`, which counts users by the day it ends.
`tests/controlhub/models/test_retention.py` compares all of them for a table of users.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from django.db.models import Expression, F, Q
from django.db.models.expressions import CombinedExpression
from django.utils.translation import gettext as _

from controlhub.models.organizations import Organization

DAY = timedelta(days=1)


class RetainedUser(Protocol):
    """The attributes of a user that the rules read."""

    @property
    def active(self) -> bool: ...
    @property
    def deactivated_at(self) -> datetime | None: ...
    @property
    def extended_until(self) -> datetime | None: ...
    @property
    def hold_reason(self) -> str: ...
    @property
    def reviewed(self) -> bool: ...
    @property
    def is_tombstoned(self) -> bool: ...
    @property
    def organization(self) -> Organization: ...


@dataclass(frozen=True, slots=True)
class KeepRule:
    """A reason to keep an Inactive user regardless of the retention period.

    `reason` returns the explanation, or "" if the rule does not apply.
    """

    name: str
    reason: Callable[[RetainedUser], str]
    applies: Q


def _legal_hold(reason: str) -> str:
    return _("Legal hold: {reason}").format(reason=reason) if reason else ""


RULES = (
    KeepRule(
        "legal_hold",
        lambda user: _legal_hold(user.hold_reason),
        ~Q(hold_reason=""),
    ),
    KeepRule(
        "organization_hold",
        lambda user: _legal_hold(user.organization.hold_reason),
        ~Q(organization__hold_reason=""),
    ),
    KeepRule(
        "only_deactivated",
        lambda user: (
            ""
            if user.organization.purge_deactivated or user.is_tombstoned
            else _("This organization keeps users who were only deactivated.")
        ),
        Q(organization__purge_deactivated=False, original_user_name=None),
    ),
    KeepRule(
        "review",
        lambda user: (
            ""
            if user.reviewed
            else _(
                "This user became Inactive during a spike in deactivations. An administrator must "
                "confirm the deactivations first."
            )
        ),
        Q(reviewed=False),
    ),
)
"""In the order in which they are explained."""
HOLDS = RULES[:2]
"""The rules that also apply to permanent deletion by an administrator."""


def kept_because(user: RetainedUser) -> str:
    """Returns why an Inactive user is kept even after the retention period, or "" if no rule keeps it."""
    return _first_reason(RULES, user)


def held_because(user: RetainedUser) -> str:
    """Returns the legal hold on a user or on the organization, or ""."""
    return _first_reason(HOLDS, user)


def is_held() -> Q:
    """`held_because` in SQL."""
    return _any(HOLDS)


def ends_at(user: RetainedUser) -> datetime | None:
    """Returns when an Inactive user's retention period ends, including extensions; None for an Active user."""
    if user.deactivated_at is None:
        return None
    period_ends = user.deactivated_at + user.organization.retention_days * DAY
    return max(period_ends, user.extended_until or period_ends)


def has_ended(at: Expression) -> Q:
    """`ends_at(user) <= at` in SQL, so that the index `user_retention` finds the users."""
    period: CombinedExpression = F("organization__retention_days") * DAY
    is_not_extended = Q(extended_until=None) | Q(extended_until__lte=at)
    return Q(active=False, deactivated_at__lte=at - period) & is_not_extended


def purge_at(user: RetainedUser) -> datetime | None:
    """Returns when a user is due for the purge; None for an Active user, or if a rule keeps the user."""
    return None if kept_because(user) else ends_at(user)


def is_due(at: Expression) -> Q:
    """`purge_at(user) <= at` in SQL."""
    return has_ended(at) & ~_any(RULES)


def _first_reason(rules: tuple[KeepRule, ...], user: RetainedUser) -> str:
    return next(filter(None, (rule.reason(user) for rule in rules)), "")


def _any(rules: tuple[KeepRule, ...]) -> Q:
    condition = Q()
    for rule in rules:
        condition |= rule.applies
    return condition
