"""How many users are Active, Inactive and Deleted, and how many are due for permanent deletion on each day."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import gettext as _

from controlhub.models import Organization, retention
from controlhub.models.counts import RowCount
from controlhub.portal.charts import Chart, chart
from controlhub.sql.overview import MOST_INACTIVE, InactiveUsers, inactive_users

DAYS = 30


class _AnyOf:
    """Any one of these users, for the rules of `retention`."""

    active, deactivated_at, extended_until = False, None, None

    def __init__(self, organization: Organization, users: InactiveUsers) -> None:
        self.organization = organization
        self.hold_reason = "held" if users.is_held else ""
        self.reviewed = not users.is_to_review
        self.is_tombstoned = users.is_deleted


@dataclass(frozen=True)
class People:
    """The users of an organization by status. With `is_cut`, there are more inactive users than were counted.

    `total` does not include `hidden` users, who were deleted by SCIM.
    """

    total: int
    inactive: Sequence[InactiveUsers]
    organization: Organization

    @property
    def is_cut(self) -> bool:
        return sum(users.number for users in self.inactive) > MOST_INACTIVE

    @property
    def active(self) -> int:
        return max(0, self.total - sum(users.number for users in self.inactive if not users.is_hidden))

    @property
    def deactivated(self) -> int:
        return sum(users.number for users in self.inactive if not users.is_deleted)

    @property
    def deleted(self) -> int:
        return sum(users.number for users in self.inactive if users.is_deleted)

    @property
    def held(self) -> int:
        return sum(users.number for users in self.inactive if users.is_held or self.organization.hold_reason)

    @property
    def to_review(self) -> int:
        return sum(users.number for users in self.inactive if users.is_to_review)

    def due(self, today: date) -> list[tuple[date, int]]:
        """How many users are due today and on each of the next DAYS days. Today includes users who were due earlier."""
        by_day: Counter[date] = Counter()
        for users in self.inactive:
            if not retention.kept_because(_AnyOf(self.organization, users)):
                by_day[max(users.day, today)] += users.number
        return [(day, by_day[day]) for day in (today + timedelta(days=number) for number in range(DAYS + 1))]


def people_of(organization: Organization) -> People:
    inactive = inactive_users(
        organization.pk, retention_days=organization.retention_days, zone=get_current_timezone_name()
    )
    return People(
        total=RowCount.objects.total(organization.pk, "controlhub_user"),
        inactive=inactive,
        organization=organization,
    )


def due_chart(due: Sequence[tuple[date, int]]) -> Chart:
    """A bar for each day."""
    title = _("Users due for permanent deletion per day, next {days} days").format(days=DAYS)
    return chart(title, [(date_format(day, "MONTH_DAY_FORMAT"), number) for day, number in due], has_scale=True)
