"""The list of users."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from controlhub.models import Permission, User
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.forms.filters import PageForm
from controlhub.portal.forms.users import UserFilter
from controlhub.portal.partials import render_whole_or_part
from controlhub.portal.tables import Column, Table

PAGE = 25
TABLE = Table(
    _("Users"),
    (
        Column("select", _("Select"), css="c-check", is_label_shown=False, is_labelled=False),
        Column("name", _("Name"), css="c-name", is_row_header=True, is_labelled=False),
        Column("user_name", _("userName"), css="c-mail wrap", sort="user_name_key", is_labelled=False),
        Column("status", _("Status"), css="c-stat", is_labelled=False),
        Column("source", _("Source"), css="hide-md"),
        Column("changed", _("Last changed"), css="hide-lg muted"),
    ),
    css="people choose",
    order="user_name",
)


@require_safe
@require(Permission.VIEW_USERS)
def user_list(request: PortalRequest) -> HttpResponse:
    table = TABLE.sorted_by(request.GET)
    may_select = Permission.MANAGE_USERS in request.permissions
    users = User.objects.in_organization(request.organization).order_by(table.ordering)
    filters = UserFilter(request.GET, queryset=users)
    page = Paginator(filters.qs, PAGE).get_page(PageForm(request.GET).number)
    context = {
        "filters": filters,
        "page": page,
        "table": table if may_select else table.without("select"),
        "may_select": may_select,
        "pages": page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1),
    }
    return render_whole_or_part(request, "portal/users/list.html", "portal/users/_table.html", context)
