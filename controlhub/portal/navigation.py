"""The navigation: its sections and items, who sees them, and which of them is the current one."""

from collections.abc import Collection
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from controlhub.models import Permission


@dataclass(frozen=True, slots=True)
class Item:
    """A page of the navigation. It is current on all pages whose URL name begins with one of `prefixes`."""

    label: str | Promise
    page: str
    icon: str
    permission: Permission
    prefixes: tuple[str, ...]

    @property
    def url(self) -> str:
        return reverse(self.page)

    def is_current(self, url_name: str) -> bool:
        return url_name.startswith(self.prefixes)


@dataclass(frozen=True, slots=True)
class Section:
    key: str
    label: str | Promise
    items: tuple[Item, ...]


SECTIONS = (
    Section(
        "management",
        _("Management"),
        (
            Item(_("Users"), "user-list", "user-regular", Permission.VIEW_USERS, ("user-",)),
            Item(
                _("Admin roles"),
                "admin-list",
                "secure-lock-regular",
                Permission.VIEW_USERS,
                ("admin-", "role-", "group-"),
            ),
            Item(_("Permanent deletion"), "purge-list", "delete-regular", Permission.VIEW_USERS, ("purge-",)),
            Item(
                _("Organization"), "organization-detail", "company-regular", Permission.VIEW_USERS, ("organization-",)
            ),
        ),
    ),
    Section(
        "identity",
        _("Identity"),
        (
            Item(
                _("Provisioning"),
                "provisioning",
                "integrations-regular",
                Permission.VIEW_PROVISIONING,
                ("provisioning", "token-", "client-", "connection-"),
            ),
            Item(
                _("Schemas"),
                "schema-list",
                "list-menu-bold",
                Permission.VIEW_PROVISIONING,
                ("schema-", "resource-type-", "policies-"),
            ),
        ),
    ),
    Section(
        "security",
        _("Security"),
        (
            Item(
                _("Single sign-on"), "provider-list", "company-regular", Permission.MANAGE_ORGANIZATION, ("provider-",)
            ),
            Item(_("Audit log"), "event-list", "view-list-regular", Permission.VIEW_AUDIT, ("event-",)),
            Item(_("Jobs"), "job-list", "recents-regular", Permission.VIEW_JOBS, ("job-",)),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """An item as one administrator sees it on one page."""

    item: Item
    is_current: bool


def navigation(permissions: Collection[Permission], url_name: str) -> list[tuple[Section, list[Entry]]]:
    """The sections with at least one page that these permissions open."""
    found = []
    for section in SECTIONS:
        items = [item for item in section.items if item.permission in permissions]
        if items:
            found.append((section, [Entry(item, item.is_current(url_name)) for item in items]))
    return found
