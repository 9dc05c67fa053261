"""The saved views of a list: ready-made, own and shared ones, each a URL of the list."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from controlhub.actions.saved_views import MOST_OWN, MOST_SHARED, may_change_view
from controlhub.models import Organization, SavedView, ViewPage
from controlhub.portal.access import PortalRequest
from controlhub.portal.forms.saved_views import OpenedForm
from controlhub.user_lists import Count, Criteria, menu_counts
from controlhub.user_lists.criteria import FILTERS

OPENED = "view"
"""The parameter that says which view is open."""


@dataclass(frozen=True, slots=True)
class ReadyView:
    """A view that everybody has."""

    name: str | Promise
    query: str


@dataclass(frozen=True, slots=True)
class ViewedList:
    """A list with saved views. `check` raises ValueError for a query string that the list does not understand.

    `count` counts what the ready-made views find, in one statement.
    `names` are the parameters that a view keeps, `title` is the name of the list. The URL names of its views' pages are
    `<pages>-save` and so on.
    """

    page: ViewPage
    list_page: str
    pages: str
    names: Sequence[str]
    ready: Sequence[ReadyView]
    check: Callable[[str], object]
    title: str | Promise
    all_label: str | Promise
    count: Callable[[Organization, Sequence[str]], Sequence[Count | None]] | None = None

    @property
    def delete_page(self) -> str:
        return f"{self.pages}-delete"

    def kept(self, query: QueryDict) -> str:
        """The part of a query string that a view keeps."""
        kept = QueryDict(mutable=True)
        for name in self.names:
            if values := [text.strip() for text in query.getlist(name) if text.strip()]:
                kept.setlist(name, values)
        return kept.urlencode()


USERS = ViewedList(
    ViewPage.USERS,
    "user-list",
    "user-view",
    ("q", *FILTERS, "sort", "size"),
    (
        ReadyView(_("Due for permanent deletion this week"), "due=7"),
        ReadyView(_("Inactive administrators"), "status=inactive&role=any"),
        ReadyView(_("With provisioning errors"), "errors=yes"),
    ),
    Criteria.read,
    _("Users"),
    _("All users"),
    menu_counts,
)
GROUPS = ViewedList(
    ViewPage.GROUPS,
    "group-list",
    "group-view",
    ("q", "source", "grants", "sort"),
    (ReadyView(_("Groups that give a role"), "grants=any"), ReadyView(_("Created in Control Hub"), "source=here")),
    QueryDict,
    _("Groups"),
    _("All groups"),
)


@dataclass(frozen=True, slots=True)
class MenuItem:
    """A line of the menu. `change_url` is set if the administrator may change the view."""

    name: str | Promise
    url: str
    is_current: bool = False
    change_url: str = ""
    count: Count | None = None


@dataclass(frozen=True, slots=True)
class ViewMenu:
    """`current` is the open view; `is_changed` says that the list no longer shows what the view does."""

    ready: Sequence[MenuItem]
    own: Sequence[MenuItem]
    shared: Sequence[MenuItem]
    current: SavedView | None
    is_changed: bool
    save_url: str
    all_url: str
    all_label: str | Promise


def view_menu(request: PortalRequest, listed: ViewedList) -> ViewMenu:
    """Takes one statement, and another one for the counts of the ready-made views."""
    rows = SavedView.objects.in_organization(request.organization).of_page(listed.page)
    mine = request.account.user_id
    views = list(rows.visible_to(mine).order_by("name", "pk")[: MOST_OWN + MOST_SHARED])
    opened, kept = OpenedForm(request.GET).view_id, listed.kept(request.GET)
    current = next((view for view in views if view.pk == opened), None)
    items = [(view, _item(request, listed, view, is_current=view is current)) for view in views]
    list_url = reverse(listed.list_page)
    return ViewMenu(
        [
            MenuItem(view.name, f"{list_url}?{view.query}", current is None and kept == view.query, count=count)
            for view, count in zip(listed.ready, _counts(request, listed), strict=True)
        ],
        [item for view, item in items if view.owner_id == mine],
        [item for view, item in items if view.owner_id != mine],
        current,
        current is not None and kept != current.query,
        f"{reverse(f'{listed.pages}-save')}?{request.GET.copy().urlencode()}",
        list_url,
        listed.all_label,
    )


def _counts(request: PortalRequest, listed: ViewedList) -> Sequence[Count | None]:
    if listed.count is None:
        return [None] * len(listed.ready)
    return listed.count(request.organization, [view.query for view in listed.ready])


def address_of_view(listed: ViewedList, view: SavedView) -> str:
    """The address of the list as the view shows it. It names the view itself, too, for its columns."""
    return f"{reverse(listed.list_page)}?{view.query}{'&' * bool(view.query)}{OPENED}={view.pk}"


def opened_view(request: PortalRequest, listed: ViewedList, query: Mapping[str, str]) -> SavedView | None:
    """The view that a query string names, if the administrator may see it."""
    opened = OpenedForm(query).view_id
    if opened is None:
        return None
    rows = SavedView.objects.in_organization(request.organization).of_page(listed.page)
    return rows.visible_to(request.account.user_id).filter(pk=opened).first()


def _item(request: PortalRequest, listed: ViewedList, view: SavedView, *, is_current: bool) -> MenuItem:
    may_change = may_change_view(view, user_id=request.account.user_id, role=request.account.role)
    change_url = reverse(f"{listed.pages}-change", args=[view.pk]) if may_change else ""
    return MenuItem(view.name, address_of_view(listed, view), is_current, change_url)
