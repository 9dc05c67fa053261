"""The buttons of the selection bar: which bulk actions a list offers to an administrator."""

from collections.abc import Mapping, Set
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from controlhub.models import Permission, Status
from controlhub.user_lists.criteria import DELETED, REVIEW

SHOWN = 3
"""The maximum number of buttons next to the count; the others are in a menu."""


@dataclass(frozen=True, slots=True)
class BulkAction:
    """A button of the bar. `page` is the name of the preview's URL."""

    page: str
    label: str | Promise
    icon: str
    permission: Permission
    is_dangerous: bool = False


DEACTIVATE = BulkAction(
    "user-deactivate-many", _("Deactivate"), "user-deactivate-regular", Permission.MANAGE_USERS, is_dangerous=True
)
REACTIVATE = BulkAction("user-reactivate-many", _("Reactivate"), "reactivate-bold", Permission.RECOVER_USERS)
RESTORE = BulkAction("user-restore-many", _("Restore"), "reactivate-bold", Permission.RECOVER_USERS)
GROUP = BulkAction("user-group-many", _("Add to group"), "people-regular", Permission.MANAGE_GROUPS)
INVITE = BulkAction("user-invite-many", _("Resend invitation"), "email-outgoing-regular", Permission.RECOVER_USERS)
SIGN_OUT = BulkAction("user-sign-out-many", _("Sign out everywhere"), "sign-out-regular", Permission.MANAGE_USERS)
HOLD = BulkAction("user-hold-many", _("Place legal hold"), "secure-lock-regular", Permission.PURGE_USERS)
RELEASE = BulkAction("user-release-many", _("End legal hold"), "undo-regular", Permission.PURGE_USERS)
DELETE = BulkAction("user-delete-many", _("Delete"), "delete-regular", Permission.MANAGE_USERS, is_dangerous=True)
PURGE = BulkAction(
    "user-purge-many", _("Permanently delete"), "delete-regular", Permission.PURGE_USERS, is_dangerous=True
)

_LISTED = (DEACTIVATE, GROUP, SIGN_OUT, REACTIVATE, INVITE, HOLD, RELEASE, DELETE)
_FIRST: Mapping[str, tuple[BulkAction, ...]] = {
    Status.INACTIVE: (REACTIVATE, GROUP, HOLD),
    Status.NOT_VERIFIED: (INVITE, GROUP, DEACTIVATE),
}
_TABS: Mapping[str, tuple[BulkAction, ...]] = {
    DELETED: (RESTORE, HOLD, PURGE, RELEASE),
    REVIEW: (REACTIVATE, HOLD, PURGE, RELEASE),
}


@dataclass(frozen=True, slots=True)
class Bar:
    """The buttons that are shown, and those in the menu."""

    shown: list[BulkAction]
    more: list[BulkAction]

    def __bool__(self) -> bool:
        return bool(self.shown)


def bar_of(permissions: Set[Permission], *, tab: str = "", status: str = "") -> Bar:
    """The bar of a tab; with a status filter, the actions that apply to that status come first."""
    first: tuple[BulkAction, ...] = () if tab else _FIRST.get(status, ())
    offered = _TABS.get(tab) or (*first, *(action for action in _LISTED if action not in first))
    allowed = [action for action in offered if action.permission in permissions]
    return Bar(allowed[:SHOWN], allowed[SHOWN:])
