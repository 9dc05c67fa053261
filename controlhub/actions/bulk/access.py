"""Invitations and sign-outs of many users."""

from django.utils.translation import gettext_lazy as _

from controlhub.actions.access import revoke_access
from controlhub.actions.bulk.kinds import KEPT, UNCHANGED, BulkKind, Change
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
        return KEPT


@register
class SignOutUsers(BulkKind):
    name = "sign-out-users"
    permission = Permission.MANAGE_USERS
    rule = Rule(Need.ACTIVE, spares_self=True)
    title = _("Sign out users")
    done = _("Signed out")

    def act(self, user: User, change: Change) -> str:
        return KEPT if any(revoke_access(user, actor=change.actor)) else UNCHANGED
