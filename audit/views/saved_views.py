"""Save, change and delete views of the log."""

from uuid import UUID

from django.http import HttpResponse

from audit.portal.saved_views import EVENTS
from controlhub.models import Permission
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.views import saved_views


@require(Permission.VIEW_AUDIT)
def event_view_save(request: PortalRequest) -> HttpResponse:
    return saved_views.save(request, EVENTS, request.GET.copy().urlencode(), ())


@require(Permission.VIEW_AUDIT)
def event_view_change(request: PortalRequest, view_id: UUID) -> HttpResponse:
    return saved_views.change(request, EVENTS, view_id)


@require(Permission.VIEW_AUDIT, page="event-view-change")
def event_view_delete(request: PortalRequest, view_id: UUID) -> HttpResponse:
    return saved_views.delete(request, EVENTS, view_id)
