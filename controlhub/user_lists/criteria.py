"""The criteria of a list of users: its tab, search and filters, as in the query string of the page."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext as _

from controlhub.models import Role, Status

MAX_TEXT = 200
DELETED = "deleted"
REVIEW = "review"
ANY_ROLE = "any"
NO_CONNECTION = "none"
WITH_ERRORS = "yes"
FILTERS = ("status", "connection", "role", "group", "domain", "errors", "due")
DUE = {"1": 1, "7": 7, "30": 30}
"""Values of `due`, and the number of days that each means."""


class InvalidCriteriaError(ValueError):
    """A value that is not valid for the filter `field`. `str()` is the message for administrators."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Criteria:
    """Which users of an organization to list. Empty values do not restrict them.

    `tab` is "" for users who are not deleted, DELETED, or REVIEW for users who became Inactive in a burst that no
    administrator has confirmed yet. `status` is a value of Status except DELETED. `connection` is the id of a
    connection, or NO_CONNECTION for users that no connection owns. `role` is a value of Role, or ANY_ROLE. `group` is
    the id of a group of which the user is a direct member. `domain` is the part after the "@" of a userName. `errors`
    is WITH_ERRORS for users whose last SCIM request failed. `due` is a key of DUE, for users who will be permanently
    deleted within that many days: Inactive users, deleted or not, so that the tab "" has both.
    """

    tab: str = ""
    q: str = ""
    status: str = ""
    connection: str = ""
    role: str = ""
    group: str = ""
    domain: str = ""
    errors: str = ""
    due: str = ""

    @classmethod
    def read(cls, query: str | Mapping[str, str], *, tab: str | None = None) -> "Criteria":
        """Read the criteria in a query string or QueryDict. InvalidCriteriaError if a value is not valid.

        `tab` replaces the one in the query. Other parameters, such as the order, are ignored.
        """
        values = QueryDict(query) if isinstance(query, str) else query
        found = {name: values.get(name, "").strip() for name in ("q", *FILTERS)}
        for name, value in found.items():
            _require_valid(name, value)
        found["domain"] = found["domain"].removeprefix("@").lower()
        return cls(tab=_tab(values.get("tab", "")) if tab is None else tab, **found)

    @property
    def is_narrowed(self) -> bool:
        """Whether anything other than the tab restricts the users."""
        return bool(self.q or any(getattr(self, name) for name in FILTERS))


def _tab(value: str) -> str:
    if value not in {"", DELETED, REVIEW}:
        raise InvalidCriteriaError("tab", _("There is no list with this name."))
    return value


def _require_valid(name: str, value: str) -> None:
    if not value:
        return
    if "\0" in value or len(value) > MAX_TEXT:
        raise InvalidCriteriaError(name, _("Enter at most 200 characters, without control characters."))
    if not _is_known(name, value):
        raise InvalidCriteriaError(name, _("Select one of the available choices."))


def _is_known(name: str, value: str) -> bool:
    if name == "status":
        return value in Status.values and value != Status.DELETED
    if name == "role":
        return value in {*Role.values, ANY_ROLE}
    if name == "connection":
        return value == NO_CONNECTION or is_uuid(value)
    if name == "errors":
        return value == WITH_ERRORS
    if name == "due":
        return value in DUE
    return name != "group" or is_uuid(value)


def is_uuid(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True
