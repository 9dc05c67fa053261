"""The pages of the log, and its endpoints for programs."""

from django.urls import path, re_path

from audit.api.description import description
from audit.api.events import event_collection
from audit.api.webex import admin_categories, admin_events, security_events
from audit.views import alerts, checkpoints, detail, exports, lists, live, proofs, saved_views

urlpatterns = [
    path("audit/", lists.event_list, name="event-list"),
    path("audit/export/", exports.event_export, name="event-export"),
    path("audit/live/", live.event_live, name="event-live"),
    path("audit/checkpoints/", checkpoints.checkpoint_list, name="checkpoint-list"),
    path("audit/checkpoints/<int:size>/", checkpoints.checkpoint_note, name="checkpoint-note"),
    path("audit/views/save/", saved_views.event_view_save, name="event-view-save"),
    path("audit/views/<uuid:view_id>/", saved_views.event_view_change, name="event-view-change"),
    path("audit/views/<uuid:view_id>/delete/", saved_views.event_view_delete, name="event-view-delete"),
    path("audit/<uuid:event_id>/", detail.event_detail, name="event-detail"),
    path("audit/<uuid:event_id>/proof/", proofs.event_proof, name="event-proof"),
    path("alerts/", alerts.alert_list, name="alert-list"),
    path("alerts/add/", alerts.alert_add, name="alert-add"),
    path("alerts/<uuid:alert_id>/", alerts.alert_detail, name="alert-detail"),
    path("alerts/<uuid:alert_id>/change/", alerts.alert_change, name="alert-change"),
    path("alerts/<uuid:alert_id>/pause/", alerts.alert_pause, name="alert-pause"),
    path("alerts/<uuid:alert_id>/resume/", alerts.alert_resume, name="alert-resume"),
    path("alerts/<uuid:alert_id>/test/", alerts.alert_test, name="alert-test"),
    path("alerts/<uuid:alert_id>/delete/", alerts.alert_delete, name="alert-delete"),
    re_path(r"^v1/audit/events/?$", event_collection, name="audit-api-events"),
    re_path(r"^v1/audit/openapi\.json$", description, name="audit-api-openapi"),
    re_path(r"^v1/adminAudit/events/?$", admin_events, name="audit-api-admin-events"),
    re_path(r"^v1/adminAudit/eventCategories/?$", admin_categories, name="audit-api-admin-categories"),
    re_path(r"^v1/admin/securityAudit/events/?$", security_events, name="audit-api-security-events"),
]
