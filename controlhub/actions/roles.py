"""What roles decide about a change of a user: who may make it, and that one full administrator always remains."""

from audit.actor import Actor
from controlhub.errors import LastFullAdminError, RoleTooHighError
from controlhub.models import Account, Role, User
from controlhub.statements import OvertakenError


def require_covers(actor: Actor, user: User) -> None:
    """RoleTooHighError if a person acts on an administrator whose role may do more than their own."""
    if actor.role and user.portal_role and not Role(actor.role).covers(Role(user.portal_role)):
        raise RoleTooHighError


def require_another_full_admin(user: User) -> None:
    """LastFullAdminError if the organization would have no active full administrator without `user`.

    Locks the full administrators' accounts in one order, then counts anew: of two admins who remove each other
    at once, one is refused.
    """
    if user.portal_role != Role.FULL_ADMIN:
        return
    if user.may_be_overtaken:
        raise OvertakenError
    full_admins = Account.objects.filter(user__organization=user.organization_id, role=Role.FULL_ADMIN)
    list(full_admins.order_by("pk").select_for_update(of=("self",)).values_list("pk"))
    if not full_admins.filter(user__active=True, user__verified=True).exclude(user=user).exists():
        raise LastFullAdminError
