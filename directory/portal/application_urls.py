"""The addresses of the gallery, of enterprise applications, and of the provisioning log."""

from django.urls import path

from directory.portal.views import (
    applications,
    assignments,
    configuration_files,
    cycles,
    demand,
    dry_runs,
    gallery,
    logs,
    mappings,
    provisioning,
    scoping_filters,
    undo,
)

ONE = "applications/<uuid:application_id>/"
MAPPING = f"{ONE}mappings/<slug:objects>/<int:number>/"

urlpatterns = [
    path("applications/", applications.application_list, name="application-list"),
    path("applications/new/", gallery.application_gallery, name="application-gallery"),
    path("applications/new/<slug:template>/", gallery.application_template, name="application-template"),
    path("applications/new/<slug:template>/add/", gallery.application_add, name="application-add"),
    path(ONE, applications.application_detail, name="application-detail"),
    path(f"{ONE}rename/", applications.application_rename, name="application-rename"),
    path(f"{ONE}provisioning/", provisioning.application_provisioning, name="application-provisioning"),
    path(f"{ONE}provisioning/test/", provisioning.application_test, name="application-test"),
    path(f"{ONE}mappings/", mappings.application_mappings, name="application-mappings"),
    path(f"{ONE}mappings/restore/", mappings.application_mappings_restore, name="application-mappings-restore"),
    path(f"{ONE}import/", configuration_files.application_import, name="application-import"),
    path(f"{ONE}export/", configuration_files.application_export, {"is_graph": False}, name="application-export"),
    path(f"{ONE}export/schema/", configuration_files.application_export, {"is_graph": True}, name="application-schema"),
    path(MAPPING, mappings.application_mapping, name="application-mapping"),
    path(f"{MAPPING}preview/", mappings.application_mapping_preview, name="application-mapping-preview"),
    path(f"{MAPPING}remove/", mappings.application_mapping_remove, name="application-mapping-remove"),
    path(f"{ONE}filters/<slug:objects>/", scoping_filters.application_filters, name="application-filters"),
    path(
        f"{ONE}filters/<slug:objects>/preview/",
        scoping_filters.application_filters_preview,
        name="application-filters-preview",
    ),
    path(f"{ONE}assignments/", assignments.application_assignments, name="application-assignments"),
    path(f"{ONE}assignments/add/", assignments.application_assign, name="application-assign"),
    path(
        f"{ONE}assignments/<int:assignment_id>/remove/", assignments.application_unassign, name="application-unassign"
    ),
    path(f"{ONE}on-demand/", demand.application_demand, name="application-demand"),
    path(f"{ONE}dry-run/", dry_runs.application_dry_run, name="application-dry-run"),
    path(f"{ONE}dry-run/<uuid:job_id>/", dry_runs.application_effects, name="application-effects"),
    path(f"{ONE}dry-run/<uuid:job_id>/csv/", dry_runs.application_effects_file, name="application-effects-file"),
    path(f"{ONE}start/", cycles.application_start, name="application-start"),
    path(f"{ONE}stop/", cycles.application_stop, name="application-stop"),
    path(f"{ONE}pause/", cycles.application_pause, name="application-pause"),
    path(f"{ONE}resume/", cycles.application_resume, name="application-resume"),
    path(f"{ONE}undo/", undo.application_undo, name="application-undo"),
    path(f"{ONE}restart/", cycles.application_restart, name="application-restart"),
    path(f"{ONE}removals/", cycles.application_removals, name="application-removals"),
    path(f"{ONE}removals/allow/", cycles.application_allow, name="application-allow"),
    path(f"{ONE}removals/reject/", cycles.application_reject, name="application-reject"),
    path(f"{ONE}logs/", logs.application_logs, name="application-logs"),
    path("logs/", logs.directory_log_list, name="directory-log-list"),
    path("logs/export/", logs.directory_log_export, name="directory-log-export"),
    path("logs/<uuid:change_id>/", logs.directory_log_detail, name="directory-log-detail"),
    path(f"{ONE}delete/", applications.application_delete, name="application-delete"),
]
