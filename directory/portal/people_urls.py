"""The addresses of people and groups."""

from django.urls import path

from directory.portal.views import demo_clock, groups, imports, members, people, people_bulk, rules

PEOPLE = [
    path("users/", people.directory_user_list, name="directory-user-list"),
    path("users/deleted/", people.directory_deleted_list, name="directory-deleted-list"),
    path("users/deleted/forward/", demo_clock.directory_forward, name="directory-forward"),
    path("users/add/", people.directory_user_add, name="directory-user-add"),
    path("users/delete/", people_bulk.directory_user_delete, name="directory-user-delete"),
    path("users/restore/", people_bulk.directory_user_restore, name="directory-user-restore"),
    path("users/permanently-delete/", people_bulk.directory_user_purge, name="directory-user-purge"),
    path("users/enable/", people_bulk.directory_user_enable, name="directory-user-enable"),
    path("users/disable/", people_bulk.directory_user_disable, name="directory-user-disable"),
    path("users/add-to-group/", people_bulk.directory_user_group, name="directory-user-group"),
    path("users/<uuid:person_id>/", people.directory_user_detail, name="directory-user-detail"),
    path("users/<uuid:person_id>/edit/", people.directory_user_edit, name="directory-user-edit"),
]
IMPORT = "users/import/<uuid:directory_import_id>"
IMPORTS = [
    path("users/import/", imports.directory_import, name="directory-import"),
    path("users/import/template/", imports.directory_import_template, name="directory-import-template"),
    path(f"{IMPORT}/", imports.directory_import_detail, name="directory-import-detail"),
    path(f"{IMPORT}/apply/", imports.directory_import_apply, name="directory-import-apply"),
    path(f"{IMPORT}/result/", imports.directory_import_result, name="directory-import-result"),
    path(f"{IMPORT}/failed/", imports.directory_import_failed, name="directory-import-failed"),
]
GROUP = "groups/<uuid:directory_group_id>"
GROUPS = [
    path("groups/", groups.directory_group_list, name="directory-group-list"),
    path("groups/add/", groups.directory_group_add, name="directory-group-add"),
    path(f"{GROUP}/", members.directory_group_detail, name="directory-group-detail"),
    path(f"{GROUP}/edit/", groups.directory_group_edit, name="directory-group-edit"),
    path(f"{GROUP}/delete/", groups.directory_group_delete, name="directory-group-delete"),
    path(f"{GROUP}/rule/", rules.directory_group_rule, name="directory-group-rule"),
    path(f"{GROUP}/members/add/", members.directory_group_member_add, name="directory-group-member-add"),
    path(f"{GROUP}/members/remove/", members.directory_group_member_remove, name="directory-group-member-remove"),
]
urlpatterns = [*PEOPLE, *IMPORTS, *GROUPS]
