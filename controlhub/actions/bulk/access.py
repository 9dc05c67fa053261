"""Invitations and sign-outs of many users."""

from django.utils.translation import gettext_lazy as _

from controlhub.actions.access import sign_out_user
from controlhub.actions.bulk.kinds import NOT_UNDOABLE, UNCHANGED, BulkKind, Change
from controlhub.actions.bulk.rules import Need, Rule
from controlhub.actions.invitations import invite_user
from controlhub.actions.jobs import register
from controlhub.models import Permission, User


@register
class InviteUsers(BulkKind):
    name = "invite-users"
    permission = Permission.RECOVER_USERS
    rule = Rule(Need.NOT_VERIFIED)
    title = _("Resend invitations")
    done = _("Invited")

    def act(self, user: User, change: Change) -> str:
        invite_user(user, actor=change.actor)
        return NOT_UNDOABLE


@register
class SignOutUsers(BulkKind):
    name = "sign-out-users"
    permission = Permission.MANAGE_USERS
    rule = Rule(Need.ACTIVE, spares_self=True)
    title = _("Sign out users")
    done = _("Signed out")

    def act(self, user: User, change: Change) -> str:
        return NOT_UNDOABLE if any(sign_out_user(user, actor=change.actor)) else UNCHANGED
