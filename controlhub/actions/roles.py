"""The role checks of a change to a user: whether the actor may make it, and whether a full administrator remains."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Q

from audit.actor import Actor
from audit.record import Target
from audit.vocabulary import TargetType
from controlhub.actions.refusals import RefusedRoleError
from controlhub.errors import LastFullAdminError
from controlhub.models import Account, Group, Role, RoleMapping, User
from controlhub.sql.statements import OvertakenError


def require_may_give(actor: Actor, *roles: Role | None, target: Target) -> None:
    """RefusedRoleError if a person gives or removes a role that has permissions their own lacks."""
    if actor.role and not all(Role(actor.role).covers(role) for role in roles if role):
        raise RefusedRoleError(actor, target, field="role")


def require_covers(actor: Actor, user: User) -> None:
    """RefusedRoleError if a person acts on an administrator whose role has permissions their own lacks."""
    if actor.role and actor.id != str(user.pk) and not all(map(Role(actor.role).covers, roles_of(user))):
        raise RefusedRoleError(actor, Target(user.organization_id, TargetType.USER, str(user.pk), user.shown_user_name))


def require_covers_group(actor: Actor, group: Group) -> None:
    """RefusedRoleError if a person changes a group that gives a role above their own, or its members."""
    _require_covers_roles(actor, group, [group.pk])


def require_covers_groups(actor: Actor, group: Group, ids: Sequence[UUID]) -> None:
    """RefusedRoleError if a person adds a group to `group` that gives a role above their own."""
    _require_covers_roles(actor, group, ids)


def _require_covers_roles(actor: Actor, group: Group, ids: Sequence[UUID]) -> None:
    if not actor.role:
        return
    granted = RoleMapping.objects.filter(group__in=ids).values_list("role", flat=True).distinct()
    if not all(Role(actor.role).covers(Role(role)) for role in granted):
        raise RefusedRoleError(
            actor, Target(group.organization_id, TargetType.GROUP, str(group.pk), group.display_name)
        )


def roles_of(user: User) -> set[Role]:
    """Returns every role that a user has or would have after being restored.

    These are the user's own role, roles through groups, and roles through groups that the user rejoins when restored.
    """
    groups = Q(group__memberships__user=user) | Q(group__in=user.kept_groups)
    found = {*RoleMapping.objects.filter(groups).values_list("role", flat=True), user.portal_role}
    return {role for role in Role if role in found}


def role_by_group(user: User) -> Role | None:
    """Returns the user's role as a direct member of mapped groups: if there are several, the first in `Role`."""
    found = set(RoleMapping.objects.filter(group__memberships__user=user).values_list("role", flat=True))
    return next((role for role in Role if role in found), None)


def require_another_full_admin(user: User) -> None:
    """LastFullAdminError if the organization would have no active full administrator without `user`.

    Administrators by group membership do not count, because a directory could remove them.

    Locks the full administrators' accounts in a fixed order, then counts again: if two administrators remove each other
    at the same time, one is refused.
    """
    if user.portal_role != Role.FULL_ADMIN:
        return
    if user.may_be_overtaken:
        raise OvertakenError
    full_admins = Account.objects.filter(user__organization=user.organization_id, role=Role.FULL_ADMIN, by_group=False)
    list(full_admins.order_by("pk").select_for_update(of=("self",)).values_list("pk"))
    if not full_admins.filter(user__active=True, user__verified=True).exclude(user=user).exists():
        raise LastFullAdminError
