"""What an administrator can do with one user: as the menu of a row in the list, and as a page."""

from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from controlhub.models import Permission
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.partials import render_whole_or_part
from controlhub.portal.views.users.detail import find


@require_safe
@require(Permission.VIEW_USERS)
def user_actions(request: PortalRequest, user_id: UUID) -> HttpResponse:
    context = {"person": find(request, user_id)}
    return render_whole_or_part(request, "portal/users/actions.html", "portal/users/_actions.html", context)
