"""One page of a list of users, at the same cost wherever it is.

Without a search or filter, a page is read from the index of its order. Otherwise an index finds up to MOST_SORTED
users, which are sorted. If a filter matches more than that, at least one in about 300 of a million users matches,
so the users are scanned in order until a page is full. A search shows only the first MOST_FOUND users.
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
"""The maximum number of users that a search shows."""
SECONDS = 5.0
"""The time limit for a combination of filters that each match many users, but together only a few."""
WALK_SECONDS = 1.0
"""The time limit for scanning users in order: all matches may be at the other end of the list."""


class TooBroadError(Exception):
    """The filters would read too many users."""


@dataclass(frozen=True, slots=True)
class Page:
    """`users` of the page in order, with organization and connection.

    `next` and `previous` are the positions after and before which to continue, "" if there are no more users. `count`
    is the number of all matching users, None if it is that of the tab. `is_cut` says that the list has only the first
    of more users.
    """

    users: list[User]
    next: str = ""
    previous: str = ""
    count: Count | None = None
    is_cut: bool = False


def load_page(organization: Organization, criteria: Criteria, order: Order, cursor: Cursor, *, size: int) -> Page:
    """Returns at most `size` users. TooBroadError if the filters would read too many users."""
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
    """In the block, statements get custom plans. TooBroadError if one takes longer than this."""
    try:
        with planned_for_values(seconds=seconds):
            yield
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TooBroadError from error
        raise


def _count(organization: Organization, criteria: Criteria) -> Count:
    """Returns the number of users with a status, counted up to the same limit as for other filters."""
    return Count.up_to(MOST_SORTED, users_matching(organization, criteria).values("pk")[: MOST_SORTED + 1].count())


def _most(criteria: Criteria) -> int:
    """Returns the maximum number of users to sort. The results of a search are never scanned in order."""
    return MOST_FOUND if criteria.q else MOST_SORTED


def _is_walked(criteria: Criteria, order: Order) -> bool:
    """Whether most users of the tab match, and an index has their order."""
    others = Criteria(tab=criteria.tab, status=criteria.status)
    is_common = criteria == others and criteria.status in {"", Status.ACTIVE}
    return (is_common and has_index(order, criteria)) or _is_own_order(criteria, order)


def _is_own_order(criteria: Criteria, order: Order) -> bool:
    """Whether an index has only these users in this order."""
    is_plain = criteria == Criteria(tab=criteria.tab, status=criteria.status)
    has_own = criteria.tab == DELETED or (not criteria.tab and criteria.status == Status.INACTIVE)
    return is_plain and has_own and order.name in OWN_ORDERS


def _found(
    organization: Organization, criteria: Criteria, order: Order, cursor: Cursor, size: int
) -> tuple[int, list[User]]:
    """Returns the number of users that an index finds, at most `_most` + 1, and a page of them."""
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
    """Returns the order in which rows are read: reversed for a page before a position."""
    return order.reversed if cursor.is_backward else order


def _page(
    rows: Sequence[User],
    cursor: Cursor,
    size: int,
    *,
    count: Count | None = None,
    is_cut: bool = False,
) -> Page:
    """Returns the page. `rows` are up to `size` users and one more, in the order in which they were read."""
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
