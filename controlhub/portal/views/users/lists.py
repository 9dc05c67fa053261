"""The list of users."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from controlhub.models import Permission, User
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.forms.filters import PageForm
from controlhub.portal.forms.users import UserFilter
from controlhub.portal.partials import render_whole_or_part

PAGE = 25


@require_safe
@require(Permission.VIEW_USERS)
def user_list(request: PortalRequest) -> HttpResponse:
    users = User.objects.in_organization(request.organization).order_by("user_name_key")
    filters = UserFilter(request.GET, queryset=users)
    page = Paginator(filters.qs, PAGE).get_page(PageForm(request.GET).number)
    context = {
        "filters": filters,
        "page": page,
        "pages": page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1),
    }
    return render_whole_or_part(request, "portal/users/list.html", "portal/users/_table.html", context)
