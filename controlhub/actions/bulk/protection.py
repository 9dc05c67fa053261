"""Legal holds on many users."""

from django.utils.translation import gettext_lazy as _

from controlhub.actions.bulk.kinds import CHANGED, NOT_UNDOABLE, BulkKind, Change
from controlhub.actions.bulk.rules import Need, Rule
from controlhub.actions.jobs import register
from controlhub.actions.users import hold_user, release_user
from controlhub.models import Permission, User


@register
class HoldUsers(BulkKind):
    """The parameter `reason` is the reason of the hold."""

    name = "hold-users"
    permission = Permission.PURGE_USERS
    undo_kind = "release-users"
    rule = Rule(Need.NOT_HELD)
    title = _("Place users under a legal hold")
    done = _("Hold placed")

    def act(self, user: User, change: Change) -> str:
        hold_user(user, reason=change.job.parameters["reason"], actor=change.actor)
        return CHANGED


@register
class ReleaseUsers(BulkKind):
    """Cannot be undone: the holds may have had different reasons."""

    name = "release-users"
    permission = Permission.PURGE_USERS
    rule = Rule(Need.HELD)
    title = _("End the legal hold on users")
    done = _("Hold ended")

    def act(self, user: User, change: Change) -> str:
        release_user(user, actor=change.actor)
        return NOT_UNDOABLE
