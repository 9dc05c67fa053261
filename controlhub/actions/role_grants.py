"""Gives an administrator role to a person who is already in the organization."""

from django.db import transaction
from django.utils.translation import gettext as _

from audit.actor import Actor
from controlhub.actions.admins import assign_role
from controlhub.actions.invitations import address_of, mail_invitation, make_account
from controlhub.actions.roles import require_covers, require_may_give
from controlhub.actions.users.lifecycle import lock
from controlhub.actions.users.target import audit_target
from controlhub.errors import InvalidSettingError
from controlhub.models import Account, Role, User


@transaction.atomic
def give_role(user: User, *, role: Role, actor: Actor) -> Account:
    """Give a person a role of their own, in addition to roles through groups.

    A person without an account gets a link by mail to choose a password. RefusedRoleError, AddressTakenError.
    InvalidSettingError if the person is Inactive or has no valid email address.
    """
    user = lock(user)
    require_may_give(actor, role, target=audit_target(user))
    require_covers(actor, user)
    if not user.active:
        raise InvalidSettingError(_("This person is Inactive. Reactivate them first."), field="user")
    if account := Account.objects.filter(user=user, by_group=False).first():
        assign_role(account, role=role, actor=actor)
        return account
    address = address_of(user)
    Account.objects.filter(user=user, by_group=True).delete()
    account = make_account(user, address, role, actor)
    User.objects.filter(pk=user.pk).update(portal_role=role)
    mail_invitation(user, address, actor=actor)
    return account
