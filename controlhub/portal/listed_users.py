"""The contents of pages with lists of users: the page, the filters, and the links to other pages."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from controlhub.models import User
from controlhub.portal.access import PortalRequest
from controlhub.portal.forms.filters import PagingForm
from controlhub.user_lists import Count, Criteria, InvalidCriteriaError, Page, TooBroadError, load_page
from controlhub.user_lists.criteria import FILTERS, REVIEW
from controlhub.user_lists.cursors import cursor_of
from controlhub.user_lists.orders import Order, order_of, orders_of

SIZES = (25, 50, 100)
PLACES = ("after", "before", "last")


@dataclass(frozen=True, slots=True)
class Link:
    """A link on the page; `url` is "" if it leads nowhere."""

    label: str
    url: str
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class FoundUsers:
    """A page of a list, and links to the other pages. `count` is None if no filter narrows the list."""

    users: Sequence[User]
    order: Order
    orders: tuple[str, ...]
    size: int
    count: Count | None = None
    is_cut: bool = False
    is_too_broad: bool = False
    pager: list[Link] = field(default_factory=list)
    sizes: list[Link] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Facet:
    """A filter: its field, the label of the chosen value ("" if there is none), and the address without it."""

    name: str
    field: forms.BoundField
    value: str
    cleared: str


def page_of_list(request: PortalRequest, form: forms.Form, *, tab: str = "", is_review: bool = False) -> FoundUsers:
    """The page that the address asks for. An invalid filter finds nobody.

    With `is_review`, the users who became Inactive in a burst that nobody has confirmed yet.
    """
    place = PagingForm(request.GET).values
    size = _size(place["size"])
    try:
        criteria = Criteria.read(request.GET, tab=REVIEW if is_review else tab)
    except InvalidCriteriaError:
        criteria = None
    if criteria is None or not form.is_valid():
        return FoundUsers([], order_of("", Criteria(tab=tab)), (), size)
    order, orders = order_of(place["sort"], criteria), orders_of(criteria)
    try:
        page = load_page(request.organization, criteria, order, cursor_of(place, order), size=size)
    except TooBroadError:
        return FoundUsers([], order, orders, size, is_too_broad=True)
    links, sizes = _pager(request.GET, page), _sizes(request.GET, size)
    return FoundUsers(page.users, order, orders, size, page.count, page.is_cut, pager=links, sizes=sizes)


def facets(query: QueryDict, form: forms.Form) -> list[Facet]:
    """The filters of the list, in their order."""
    return [
        Facet(name, form[name], _shown_value(form, name), changed(query, **{name: ""}))
        for name in FILTERS
        if name in form.fields
    ]


def changed(query: QueryDict, **values: str) -> str:
    """The query with other values, starting at the first page; empty values are left out."""
    copy = query.copy()
    for name in (*PLACES, *values):
        copy.pop(name, None)
    copy.update({name: value for name, value in values.items() if value})
    return f"?{copy.urlencode()}"


def _shown_value(form: forms.Form, name: str) -> str:
    value = str(form[name].value() or "")
    if not value:
        return ""
    choices = dict(getattr(form.fields[name], "choices", ()))
    return str(choices.get(value, value))


def _size(text: str) -> int:
    return int(text) if text in {str(size) for size in SIZES} else SIZES[0]


def _pager(query: QueryDict, page: Page) -> list[Link]:
    """First, previous, next and last page."""
    is_start = not page.previous
    return [
        Link(_("First"), "" if is_start else changed(query)),
        Link(_("Previous"), "" if is_start else changed(query, before=page.previous)),
        Link(_("Next"), changed(query, after=page.next) if page.next else ""),
        Link(_("Last"), changed(query, last="1") if page.next else ""),
    ]


def _sizes(query: QueryDict, size: int) -> list[Link]:
    return [
        Link(str(number), changed(query, size="" if number == SIZES[0] else str(number)), is_current=number == size)
        for number in SIZES
    ]
