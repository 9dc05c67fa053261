"""The viewer's pages."""

from django.urls import path

from audit.views import detail, lists, saved_views

urlpatterns = [
    path("audit/", lists.event_list, name="event-list"),
    path("audit/views/save/", saved_views.event_view_save, name="event-view-save"),
    path("audit/views/<uuid:view_id>/", saved_views.event_view_change, name="event-view-change"),
    path("audit/views/<uuid:view_id>/delete/", saved_views.event_view_delete, name="event-view-delete"),
    path("audit/<uuid:event_id>/", detail.event_detail, name="event-detail"),
]
