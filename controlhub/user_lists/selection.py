"""Users selected in a list: a few by their ids, or all that match."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from controlhub.models import Organization, User
from controlhub.models.users import UserQuerySet
from controlhub.user_lists.criteria import Criteria
from controlhub.user_lists.matching import users_matching
from controlhub.user_lists.pages import SECONDS, deadline

MOST_SELECTED = 100_000


class TooManySelectedError(Exception):
    """More than MOST_SELECTED users match."""


@dataclass(frozen=True, slots=True)
class Selection:
    """`ids` are in the order of creation. `mark` changes as soon as a user joins or leaves the selection."""

    ids: Sequence[UUID]

    @property
    def mark(self) -> str:
        digest = hashlib.sha256(b"".join(pk.bytes for pk in self.ids)).hexdigest()
        return f"{len(self.ids)}-{digest[:16]}"


def select_ids(organization: Organization, ids: Sequence[UUID]) -> Selection:
    """Selects those of the ids that are users of the organization."""
    return _read(User.objects.in_organization(organization).filter(pk__in=list(ids)[:MOST_SELECTED]))


def select_all(organization: Organization, query: str) -> Selection:
    """Selects every user that matches a query string of a list.

    InvalidCriteriaError; TooBroadError if that takes too long; TooManySelectedError.
    """
    with deadline(SECONDS):
        return _read(users_matching(organization, Criteria.read(query)))


def _read(users: UserQuerySet) -> Selection:
    ids = list(users.values_list("pk", flat=True)[: MOST_SELECTED + 1])
    if len(ids) > MOST_SELECTED:
        raise TooManySelectedError
    return Selection(sorted(ids))
