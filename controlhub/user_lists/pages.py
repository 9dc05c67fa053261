"""One page of a list of users, at the same cost wherever it is.

Without a search or filter, a page is read from the index of its order. Otherwise an index finds up to MOST_SORTED
users, which are sorted. If a filter finds more, about every 300th of a million users is one of them, so the users are
walked through in their order until a page is full. Of a search, only the first MOST_FOUND are shown.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from django.db import OperationalError
from django.db.models import F, Value
from django.db.models.fields.tuple_lookups import (  # type: ignore[import-untyped]
    Tuple,
    TupleGreaterThan,
    TupleLessThan,
)
from psycopg.errors import QueryCanceled

from controlhub.models import Organization, Status, User
from controlhub.models.users import UserQuerySet
from controlhub.sql.user_lists import found_page, planned_for_values
from controlhub.user_lists.counts import Count
from controlhub.user_lists.criteria import DELETED, Criteria
from controlhub.user_lists.cursors import Cursor, Position
from controlhub.user_lists.matching import users_checked, users_matching
from controlhub.user_lists.orders import OWN_ORDERS, Order, has_index

MOST_SORTED = 3_000
MOST_FOUND = 1_000
"""Users that a search shows."""
SECONDS = 5.0
"""A combination of filters that each find many users, and together few, is given up after this time."""
WALK_SECONDS = 1.0
"""Users are walked through for this long: those who match may all be at the other end of the list."""


class TooBroadError(Exception):
    """The filters read too many users."""


@dataclass(frozen=True, slots=True)
class Page:
    """`users` of the page in their order, with organization and connection.

    `next` and `previous` are the positions to continue after or before, "" where there are no more users. `count` is
    the number of all users that match, None where it is that of the tab. `is_cut` says that only the first of more
    users are in the list.
    """

    users: list[User]
    next: str = ""
    previous: str = ""
    count: Count | None = None
    is_cut: bool = False


def load_page(organization: Organization, criteria: Criteria, order: Order, cursor: Cursor, *, size: int) -> Page:
    """At most `size` users. TooBroadError if the filters would read too many users."""
    if _is_walked(criteria, order):
        with deadline(SECONDS):
            count = _count(organization, criteria) if criteria.is_narrowed else None
            return _page(_walked(organization, criteria, order, cursor, size), cursor, size, count=count)
    with deadline(SECONDS):
        number, users = _found(organization, criteria, order, cursor, size)
    most = _most(criteria)
    count = Count.up_to(most, number)
    if number > most and not criteria.q and has_index(order, criteria):
        with suppress(TooBroadError), deadline(WALK_SECONDS):
            walked = _walked(organization, criteria, order, cursor, size)
            return _page(walked, cursor, size, count=count)
    return _page(users, cursor, size, count=count, is_cut=number > most)


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Statements of the block are planned for their values. TooBroadError if one takes longer than this."""
    try:
        with planned_for_values(seconds=seconds):
            yield
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TooBroadError from error
        raise


def _count(organization: Organization, criteria: Criteria) -> Count:
    """The number of users with a status, counted as far as those of other filters."""
    return Count.up_to(MOST_SORTED, users_matching(organization, criteria).values("pk")[: MOST_SORTED + 1].count())


def _most(criteria: Criteria) -> int:
    """How many users are sorted. What a search finds is never walked through."""
    return MOST_FOUND if criteria.q else MOST_SORTED


def _is_walked(criteria: Criteria, order: Order) -> bool:
    """Whether most users of the tab match, and an index has their order."""
    others = Criteria(tab=criteria.tab, status=criteria.status)
    is_common = criteria == others and criteria.status in {"", Status.ACTIVE}
    return (is_common and has_index(order, criteria)) or _is_own_order(criteria, order)


def _is_own_order(criteria: Criteria, order: Order) -> bool:
    """Whether an index has just these users in this order."""
    is_plain = criteria == Criteria(tab=criteria.tab, status=criteria.status)
    has_own = criteria.tab == DELETED or (not criteria.tab and criteria.status == Status.INACTIVE)
    return is_plain and has_own and order.name in OWN_ORDERS


def _found(
    organization: Organization, criteria: Criteria, order: Order, cursor: Cursor, size: int
) -> tuple[int, list[User]]:
    """How many users an index finds, `_most` + 1 at most, and a page of them."""
    used = _used(order, cursor)
    found = users_matching(organization, criteria).annotate(sort_key=used.key)
    text, values = found.values_list("id", "sort_key", "ordinal")[: _most(criteria) + 1].query.sql_with_params()
    position = (cursor.position.key, cursor.position.ordinal) if cursor.position else None
    number, ids = found_page(text, values, position=position, is_descending=used.is_descending, page_size=size + 1)
    by_id = _related(User.objects.filter(pk__in=ids)).annotate(sort_key=used.key).in_bulk()
    return number, [by_id[pk] for pk in ids if pk in by_id]


def _walked(organization: Organization, criteria: Criteria, order: Order, cursor: Cursor, size: int) -> list[User]:
    used = _used(order, cursor)
    users = _related(users_checked(organization, criteria)).annotate(sort_key=used.key)
    sign = "-" if used.is_descending else ""
    return list(_after(users, used, cursor).order_by(f"{sign}sort_key", f"{sign}ordinal")[: size + 1])


def _after(users: UserQuerySet, used: Order, cursor: Cursor) -> UserQuerySet:
    if cursor.position is None:
        return users
    lookup = TupleLessThan if used.is_descending else TupleGreaterThan
    place = (Value(cursor.position.key), Value(cursor.position.ordinal))
    return users.filter(lookup(Tuple(used.key, F("ordinal")), place))


def _related(users: UserQuerySet) -> UserQuerySet:
    return users.select_related("organization", "connection")


def _used(order: Order, cursor: Cursor) -> Order:
    """The order in which the rows are read: from the end of the list for a page before a place."""
    return order.reversed if cursor.is_backward else order


def _page(
    rows: Sequence[User],
    cursor: Cursor,
    size: int,
    *,
    count: Count | None = None,
    is_cut: bool = False,
) -> Page:
    """`rows` are up to `size` users and one more, in the order in which they were read."""
    has_more, users = len(rows) > size, list(rows[:size])
    if cursor.is_backward:
        users.reverse()
    is_beyond = cursor.position is not None
    has_next = is_beyond if cursor.is_backward else has_more
    has_previous = has_more if cursor.is_backward else is_beyond
    return Page(
        users,
        next=_position(users[-1]) if users and has_next else "",
        previous=_position(users[0]) if users and has_previous else "",
        count=count,
        is_cut=is_cut,
    )


def _position(user: User) -> str:
    return Position(user.sort_key, user.ordinal).encoded()  # type: ignore[attr-defined]
