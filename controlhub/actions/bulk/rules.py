"""Which of the selected users a bulk action changes, and why it skips others: for the preview and for each step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from audit.actor import Actor, ActorKind
from controlhub.models import Account, Organization, Role
from controlhub.sql.bulk import Division, count_ends, divide, reasons

NAMED = 10
"""The maximum number of administrators that a preview lists."""


class Need(StrEnum):
    """A condition that a user must meet for a bulk action. `controlhub.sql.bulk` has the SQL of the conditions."""

    ANY = "any"
    ACTIVE = "active"
    NOT_VERIFIED = "not_verified"
    NOT_DELETED = "not_deleted"
    INACTIVE = "inactive"
    NOT_ACTIVE = "not_active"
    PURGEABLE = "purgeable"
    NOT_HELD = "not_held"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Rule:
    """`needs` is required of each user. `spares_self` skips the actor's own account.

    `keeps_an_admin` keeps one full administrator Active.
    """

    needs: Need
    spares_self: bool = False
    keeps_an_admin: bool = False


@dataclass(frozen=True, slots=True)
class Ends:
    """What ends when the users lose access. The invitations that they have sent stay valid.

    `held` users are under a legal hold. `administrators` have a role, their own or through a group; `named` are the ids
    of the first ones.
    """

    tokens: int
    sessions: int
    invitations: int
    sent_invitations: int
    methods: int
    views: int
    held: int
    administrators: int
    named: Sequence[UUID]


ROLE_ABOVE = "role_above"
LABELS = {
    "own_account": _("Your own account"),
    ROLE_ABOVE: _("This administrator's role has permissions that yours lacks"),
    "last_admin": _("The last active full administrator. Give another user that role first"),
    "not_active": _("Not Active"),
    "verified": _("Already verified"),
    "active": _("Active"),
    "deleted": _("Deleted. Restore the user instead"),
    "held": _("Under a legal hold"),
    "already_held": _("Already under a legal hold"),
    "not_held": _("Not under a legal hold"),
}
"""Why a user is skipped."""


def find_exceptions(organization: Organization, rule: Rule, ids: Sequence[UUID], *, actor: Actor) -> dict[UUID, str]:
    """Returns the users that the rule skips, with keys of LABELS. The action checks for the last administrator."""
    return reasons(_params(organization, rule, ids, actor))


def divide_selection(organization: Organization, rule: Rule, ids: Sequence[UUID], *, actor: Actor) -> Division:
    """Returns how the rule divides a selection, by one query."""
    return divide(_with_last_admin(organization, rule, ids, actor))


def find_ends(organization: Organization, rule: Rule, ids: Sequence[UUID], *, actor: Actor) -> Ends:
    """Returns what would end if the users that the rule does not skip lose access."""
    return Ends(*count_ends(_with_last_admin(organization, rule, ids, actor), named=NAMED))


def _params(organization: Organization, rule: Rule, ids: Sequence[UUID], actor: Actor) -> dict[str, Any]:
    own_id = actor.id if actor.kind is ActorKind.ADMIN else None
    above = [role.value for role in Role if actor.role and not Role(actor.role).covers(role)]
    return {
        "organization": organization.pk,
        "organization_held": bool(organization.hold_reason),
        "ids": list(ids),
        "actor": own_id,
        "above": above,
        "needs": rule.needs.value,
        "spares_self": rule.spares_self,
        "last_admin": None,
    }


def _with_last_admin(organization: Organization, rule: Rule, ids: Sequence[UUID], actor: Actor) -> Mapping[str, Any]:
    params = _params(organization, rule, ids, actor)
    if not rule.keeps_an_admin:
        return params
    spared = {UUID(params["actor"])} if rule.spares_self and params["actor"] else set()
    return {**params, "last_admin": find_last_admin(organization, set(ids) - spared)}


def find_last_admin(organization: Organization, ids: set[UUID]) -> UUID | None:
    """Returns the full administrator among these users who would be the last one: users are changed in order of id."""
    own = Account.objects.in_organization(organization).filter(role=Role.FULL_ADMIN, by_group=False)
    found = own.filter(user__active=True, user__verified=True).order_by("user_id").values_list("user_id", flat=True)
    admins = list(found)
    return admins[-1] if admins and ids.issuperset(admins) else None
