"""Pages of a list that start after a row, so that every page costs the same."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from django.http import QueryDict

from controlhub.portal.forms.filters import CursorForm

M = TypeVar("M", bound=Model)
SIZE = 25


@dataclass(frozen=True, slots=True)
class Keyset(Generic[M]):
    """The rows of a page, and the addresses of the other pages, "" if there are none."""

    rows: list[M]
    first: str = ""
    previous: str = ""
    next: str = ""


def page_of(
    rows: QuerySet[M], query: QueryDict, *, among: QuerySet[M], key: str, is_descending: bool = False
) -> Keyset[M]:
    """The page that `after` or `before` in a query string requests; both are ids of rows.

    A filter may have removed such a row from the list since: it is looked up `among` all rows of the owner. The rows
    are in the order of the column `key`, which has an index, and of their ids.
    """
    cursor = CursorForm(query).cursor
    is_backward = bool(cursor["before"])
    at = among.filter(pk=cursor["before"] or cursor["after"]).values(key, "pk").first()
    sign = "-" if is_descending is not is_backward else ""
    if at is not None and at[key] is not None:
        rows = rows.filter(_beyond(at, key, "lt" if sign else "gt"))
    found = list(rows.order_by(f"{sign}{key}", f"{sign}pk")[: SIZE + 1])
    has_more, page = len(found) > SIZE, found[:SIZE]
    if is_backward:
        page.reverse()
    is_inside = at is not None
    has_previous = has_more if is_backward and is_inside else is_inside
    has_next = is_inside if is_backward else has_more
    return Keyset(
        page,
        first=address(query) if has_previous else "",
        previous=address(query, before=page[0].pk) if has_previous and page else "",
        next=address(query, after=page[-1].pk) if has_next and page else "",
    )


def address(query: QueryDict, **cursor: UUID) -> str:
    """The address of the list with another cursor."""
    changed = query.copy()
    for name in ("after", "before"):
        changed.pop(name, None)
    changed.update({name: str(value) for name, value in cursor.items()})
    return f"?{changed.urlencode()}"


def _beyond(at: dict[str, Any], key: str, side: str) -> Q:
    """The rows after this one. An index serves the first condition."""
    same = Q(**{key: at[key], f"pk__{side}": at["pk"]})
    return Q(**{f"{key}__{side}e": at[key]}) & (Q(**{f"{key}__{side}": at[key]}) | same)
