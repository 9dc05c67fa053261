"""The navigation: its sections and items, who sees them, and which of them is the current one."""

from collections.abc import Collection
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from controlhub.models import Permission


@dataclass(frozen=True, slots=True)
class Item:
    """A page of the navigation. It is current on all pages whose URL name begins with one of `prefixes`.

    Without `permission`, every role may open it.
    """

    label: str | Promise
    page: str
    icon: str
    permission: Permission | None
    prefixes: tuple[str, ...]

    @property
    def url(self) -> str:
        return reverse(self.page)

    def is_current(self, url_name: str) -> bool:
        return url_name.startswith(self.prefixes)

    def is_open_to(self, permissions: Collection[Permission]) -> bool:
        return self.permission is None or self.permission in permissions


@dataclass(frozen=True, slots=True)
class Section:
    """A group of pages, with a heading."""

    key: str
    label: str | Promise
    items: tuple[Item, ...]


OVERVIEW = Section("overview", "", (Item(_("Overview"), "home", "home-regular", None, ("home",)),))
MANAGEMENT = Section(
    "management",
    _("Management"),
    (
        Item(_("Users"), "user-list", "user-regular", Permission.VIEW_USERS, ("user-",)),
        Item(
            _("Groups"),
            "group-list",
            "people-regular",
            Permission.VIEW_GROUPS,
            (
                *("group-list", "group-create", "group-detail", "group-member", "group-nested", "group-settings"),
                *("group-activity", "group-record", "group-rename", "group-delete"),
            ),
        ),
        Item(
            _("Organization"),
            "organization-detail",
            "company-regular",
            Permission.VIEW_USERS,
            ("organization-", "sign-in-policy"),
        ),
    ),
)
IDENTITY = Section(
    "identity",
    _("Identity"),
    (
        Item(
            _("Provisioning"),
            "provisioning",
            "integrations-regular",
            Permission.VIEW_PROVISIONING,
            ("provisioning", "token-", "client-", "connection-", "request-", "self-test-"),
        ),
        Item(_("Single sign-on"), "provider-list", "sign-in-regular", Permission.MANAGE_ORGANIZATION, ("provider-",)),
    ),
)
DIRECTORY = Section(
    "directory",
    _("Directory"),
    (
        Item(
            _("Users"),
            "directory-user-list",
            "directory-regular",
            Permission.VIEW_DIRECTORY,
            (
                *("directory-user-list", "directory-user-add", "directory-user-detail", "directory-user-edit"),
                *("directory-user-delete", "directory-user-enable", "directory-user-disable", "directory-user-group"),
            ),
        ),
        Item(
            _("Groups"),
            "directory-group-list",
            "list-menu-bold",
            Permission.VIEW_DIRECTORY,
            ("directory-group-",),
        ),
        Item(
            _("Deleted users"),
            "directory-deleted-list",
            "undo-regular",
            Permission.VIEW_DIRECTORY,
            ("directory-deleted-list", "directory-user-restore", "directory-user-purge"),
        ),
        Item(
            _("Enterprise applications"),
            "application-list",
            "code-block-regular",
            Permission.VIEW_DIRECTORY,
            ("application-",),
        ),
        Item(
            _("Provisioning logs"),
            "directory-log-list",
            "file-spreadsheet-regular",
            Permission.VIEW_DIRECTORY,
            ("directory-log-",),
        ),
    ),
)
SECURITY = Section(
    "security",
    _("Security"),
    (
        Item(_("Audit log"), "event-list", "view-list-regular", Permission.VIEW_AUDIT, ("event-",)),
        Item(_("Streams and alerts"), "stream-list", "cloud-regular", Permission.VIEW_AUDIT, ("stream-", "alert-")),
        Item(
            _("Admin roles"),
            "admin-list",
            "shield-regular",
            Permission.VIEW_USERS,
            ("admin-", "role-", "group-map", "group-unmap"),
        ),
        Item(_("Permanent deletion"), "purge-list", "delete-regular", Permission.VIEW_USERS, ("purge-", "receipt")),
    ),
)
SYSTEM = Section(
    "system",
    _("System"),
    (
        Item(_("Jobs"), "job-list", "recents-regular", Permission.VIEW_JOBS, ("job-",)),
        Item(
            _("Schemas"),
            "schema-list",
            "data-management-regular",
            Permission.VIEW_PROVISIONING,
            ("schema-", "resource-type-", "policies-"),
        ),
    ),
)
SECTIONS = (OVERVIEW, MANAGEMENT, IDENTITY, DIRECTORY, SECURITY, SYSTEM)


@dataclass(frozen=True, slots=True)
class Entry:
    """An item as one administrator sees it on one page."""

    item: Item
    is_current: bool
    section: str | Promise = ""
    """The label of the section, if an earlier section has an item with the same label."""


def navigation(permissions: Collection[Permission], url_name: str) -> list[tuple[Section, list[Entry]]]:
    """The sections with at least one page that these permissions open."""
    found = []
    labels: set[str] = set()
    for section in SECTIONS:
        items = [item for item in section.items if item.is_open_to(permissions)]
        if items:
            found.append((section, [_entry(item, section, url_name, labels) for item in items]))
            labels.update(str(item.label) for item in items)
    return found


def _entry(item: Item, section: Section, url_name: str, earlier: Collection[str]) -> Entry:
    return Entry(item, item.is_current(url_name), section.label if str(item.label) in earlier else "")
