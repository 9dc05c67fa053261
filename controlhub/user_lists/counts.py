"""The number of users, without counting all of them."""

from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from controlhub.models import Organization
from controlhub.sql.statements import fetch_rows
from controlhub.sql.user_lists import TAB_COUNTS

MOST_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Count:
    """A number of users. If it is not `is_exact`, there are more."""

    number: int
    is_exact: bool = True

    @classmethod
    def up_to(cls, most: int, number: int) -> "Count":
        """Returns the count for the result of a query that stops after `most` + 1 rows."""
        return cls(min(most, number), is_exact=number <= most)

    def __str__(self) -> str:
        shown = number_format(self.number, use_l10n=True, force_grouping=True)
        return shown if self.is_exact else _("more than {number}").format(number=shown)

    @property
    def short(self) -> str:
        """The count for a badge: "10,000+"."""
        shown = number_format(self.number, use_l10n=True, force_grouping=True)
        return shown if self.is_exact else f"{shown}+"


@dataclass(frozen=True, slots=True)
class TabCounts:
    """The number of users in each tab."""

    all: Count
    invited: Count
    administrators: Count
    deleted: Count


def tab_counts(organization: Organization) -> TabCounts:
    """Count users from the maintained counters, and from indexes that contain only the users in question."""
    rows = fetch_rows(TAB_COUNTS, {"organization": organization.pk, "most": MOST_COUNTED + 1})
    shown, shown_deleted, deleted, invited, administrators = rows[0]
    everyone = Count(max(0, shown - shown_deleted))
    if shown_deleted > MOST_COUNTED:
        everyone = Count(MOST_COUNTED, is_exact=False)
    return TabCounts(
        everyone,
        Count.up_to(MOST_COUNTED, invited),
        Count.up_to(MOST_COUNTED, administrators),
        Count.up_to(MOST_COUNTED, deleted),
    )
