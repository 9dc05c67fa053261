"""Reviving Inactive users (decision 0033).

How they are found by externalId, and what they lose if the address was reused.
"""

from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from audit.actor import Actor
from audit.record import EventContent, record
from audit.vocabulary import AuditAction
from controlhub.actions.roles import require_covers, roles_of
from controlhub.actions.users.target import audit_target
from controlhub.models import Account, Organization, Role, Status, User
from controlhub.sql import memberships
from controlhub.sql.statements import OvertakenError


class InactiveTwinError(Exception):
    """A user was not created because an Inactive user of the same connection has the externalId."""


def inactive_twins(organization: Organization, external_id: str | None, actor: Actor) -> list[UUID]:
    """Returns the ids of at most two Inactive, not deleted users of the actor's connection with this externalId."""
    if actor.connection_id is None or not external_id:
        return []
    users = User.objects.in_organization(organization).with_status(Status.INACTIVE)
    found = users.filter(connection=actor.connection_id, external_id=external_id, hidden=False)
    return list(found.values_list("pk", flat=True)[:2])


def is_revivable(user: User, external_id: str, actor: Actor) -> bool:
    """Whether a locked user is still the one that `inactive_twins` found, and has no portal role."""
    is_twin = user.status is Status.INACTIVE and user.external_id == external_id
    return is_twin and user.connection_id == actor.connection_id and not roles_of(user)


@dataclass(frozen=True, slots=True)
class Losses:
    """What an account lost because it may belong to another person now."""

    memberships: int
    roles: tuple[str, ...]

    REASON: ClassVar = (
        "The account came back with another externalId and may belong to another person. "
        "Group memberships and roles were removed."
    )

    def to_details(self) -> dict[str, Any]:
        """The losses as details of an audit event."""
        return {"memberships_dropped": self.memberships, "roles_removed": list(self.roles)}


def has_another_external_id(user: User, document: dict[str, Any]) -> bool:
    """Whether a document gives a different externalId to a user who has one."""
    sent = document.get("externalId")
    return bool(user.external_id and sent and user.external_id != sent)


def end_memberships_and_roles(user: User, *, actor: Actor) -> Losses:
    """Remove a locked Inactive user's groups, roles and sign-in methods. The caller saves `portal_role`.

    Tokens, sessions and invitations ended when the user became Inactive. OvertakenError if the user is not locked.
    """
    if user.may_be_overtaken:
        raise OvertakenError
    require_covers(actor, user)
    held = roles_of(user)
    Account.objects.filter(user=user).delete()
    if user.portal_role:
        content = EventContent(before={"role": user.portal_role}, reason=Losses.REASON)
        record(AuditAction.ROLE_REMOVED, target=audit_target(user), content=content, actor=actor)
        user.portal_role = ""
    groups = memberships.leave_all(user.pk)
    user.has_left_groups = True
    return Losses(len(groups), tuple(role.value for role in Role if role in held))
