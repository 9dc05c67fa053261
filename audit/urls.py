"""The viewer's pages."""

from django.urls import path

from audit import views

urlpatterns = [
    path("audit/", views.event_list, name="event-list"),
    path("audit/<uuid:event_id>/", views.event_detail, name="event-detail"),
]
