"""The list of users, and its layout for one administrator."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from controlhub.actions.admins import set_user_list
from controlhub.models import Permission
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.bulk_actions import bar_of
from controlhub.portal.forms.users import LayoutForm, UserFilter
from controlhub.portal.listed_users import facets, page_of_list
from controlhub.portal.partials import render_whole_or_part, wants_part
from controlhub.portal.saved_views import OPENED, USERS, view_menu
from controlhub.portal.user_columns import ListLayout
from controlhub.portal.user_rows import UserRows
from controlhub.user_lists import tab_counts
from controlhub.user_lists.criteria import ANY_ROLE, DELETED, FILTERS


@require_safe
@require(Permission.VIEW_USERS)
def user_list(request: PortalRequest) -> HttpResponse:
    filters = UserFilter(request.GET, organization=request.organization)
    menu = view_menu(request, USERS)
    layout = ListLayout.read(request.account.user_list).with_columns(menu.current.columns if menu.current else ())
    found = page_of_list(request, filters.form)
    is_due = bool(filters.data.get("due", ""))
    bar = bar_of(request.permissions, tab=DELETED if is_due else "", status=filters.data.get("status", ""))
    query = request.GET.copy()
    query.pop("tab", None)
    table = layout.table(can_select=bool(bar), sortable=found.orders, order=found.order.text)
    context: dict[str, Any] = {
        "filters": filters,
        "found": found,
        "rows": UserRows(found.users, table).rows(),
        "facets": facets(request.GET, filters.form),
        "layout": layout,
        "menu": menu,
        "table": table,
        "bar": bar,
        "counts": tab_counts(request.organization),
        "tab": _tab(filters.data),
        "query": query.urlencode(),
        "is_part": wants_part(request),
    }
    return render_whole_or_part(request, "portal/users/list.html", "portal/users/_list.html", context)


def _tab(query: Mapping[str, str]) -> str:
    """The tab that has exactly these filters, otherwise "all"."""
    asked = {name: value for name in ("q", *FILTERS) if (value := query.get(name, ""))}
    tabs = {"invited": {"status": "not_verified"}, "administrators": {"role": ANY_ROLE}}
    return next((tab for tab, filters in tabs.items() if asked == filters), "all")


@require(Permission.VIEW_USERS, page="user-list")
def user_list_layout(request: PortalRequest) -> HttpResponse:
    """Saves columns, their order and the row height, then redirects to the list with the same filters."""
    form = LayoutForm(request.POST)
    if not form.is_valid():
        return redirect("user-list")
    set_user_list(request.account, layout=form.layout().stored())
    query = QueryDict(form.cleaned_data["query"], mutable=True)
    query.pop(OPENED, None)  # its columns would override these
    return redirect(f"{reverse('user-list')}?{query.urlencode()}" if query else "user-list")
