"""Adds many users to a group, or removes them from it."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from audit.actor import Actor
from controlhub.actions.bulk.kinds import CHANGED, UNCHANGED, BulkKind, Change
from controlhub.actions.bulk.rules import Need, Rule
from controlhub.actions.jobs import register
from controlhub.actions.managed_groups import join_group, leave_group
from controlhub.actions.roles import require_covers_group
from controlhub.errors import GroupGoneError
from controlhub.models import Group, Organization, Permission, User


@register
class AddToGroup(BulkKind):
    """The parameters are `group`, its id, and `reason`, which overrides the directory that owns the group."""

    name = "add-to-group"
    permission = Permission.MANAGE_GROUPS
    undo_kind = "remove-from-group"
    rule = Rule(Need.NOT_DELETED)
    title = _("Add users to a group")
    done = _("Added")

    def require_allowed(self, organization: Organization, parameters: Mapping[str, Any], *, actor: Actor) -> None:
        require_covers_group(actor, _group(organization, parameters))

    def act(self, user: User, change: Change) -> str:
        group, reason = _group(change.job.organization, change.job.parameters), change.job.parameters.get("reason", "")
        return CHANGED if join_group(group, ids=[user.pk], reason=reason, actor=change.actor) else UNCHANGED


@register
class RemoveFromGroup(BulkKind):
    name = "remove-from-group"
    permission = Permission.MANAGE_GROUPS
    undo_kind = "add-to-group"
    rule = Rule(Need.ANY)
    title = _("Remove users from a group")
    done = _("Removed")

    def act(self, user: User, change: Change) -> str:
        group, reason = _group(change.job.organization, change.job.parameters), change.job.parameters.get("reason", "")
        return CHANGED if leave_group(group, ids=[user.pk], reason=reason, actor=change.actor) else UNCHANGED


def _group(organization: Organization, parameters: Mapping[str, Any]) -> Group:
    """Returns the group of the job. GroupGoneError if it no longer exists."""
    found = Group.objects.in_organization(organization).select_related("organization")
    group = found.filter(pk=parameters["group"]).first()
    if group is None:
        raise GroupGoneError
    return group
