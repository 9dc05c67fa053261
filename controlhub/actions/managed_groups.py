"""Groups that administrators change manually. Each action locks the group and makes one change.

`reason` overrides the directory that owns a group; without it, OwnedGroupError is raised.
"""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from audit.actor import Actor
from controlhub.actions.groups import add_members, create_group, delete_group, remove_members, update_group
from controlhub.actions.uniqueness import claim_values
from controlhub.errors import GroupGoneError
from controlhub.models import Group, Organization, UniqueValue
from controlhub.sql.changing import read_row
from controlhub.text.names import canonical_key

GROUP_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Group"


@transaction.atomic
def create_named_group(organization: Organization, *, display_name: str, actor: Actor) -> Group:
    """Create a group without members. InvalidNameError; ValueTakenError if group names must be unique."""
    document = {"schemas": [GROUP_SCHEMA], "displayName": display_name}
    group = create_group(organization, document=document, actor=actor)
    _claim_name(group)
    return group


@transaction.atomic
def rename_group(group: Group, *, display_name: str, reason: str = "", actor: Actor) -> Group:
    """Rename a group. RefusedRoleError, OwnedGroupError, InvalidNameError, ValueTakenError."""
    group = lock_group(group)
    update_group(group, document={**group.document, "displayName": display_name}, reason=reason, actor=actor)
    _claim_name(group)
    return group


@transaction.atomic
def delete_managed_group(group: Group, *, reason: str = "", actor: Actor) -> None:
    """Delete a group. Its members are not deleted. RefusedRoleError, OwnedGroupError."""
    delete_group(lock_group(group), reason=reason, actor=actor)


@transaction.atomic
def join_group(group: Group, *, ids: Sequence[UUID], reason: str = "", actor: Actor) -> int:
    """Make users and groups members. Returns the number of new members.

    RefusedRoleError, OwnedGroupError, CircularGroupError, UnknownMemberError.
    """
    group = lock_group(group)
    before = group.member_count
    add_members(group, ids=ids, reason=reason, actor=actor)
    return group.member_count - before


@transaction.atomic
def leave_group(group: Group, *, ids: Sequence[UUID], reason: str = "", actor: Actor) -> int:
    """End these memberships. Returns the number of memberships that ended. RefusedRoleError, OwnedGroupError."""
    group = lock_group(group)
    before = group.member_count
    remove_members(group, ids=ids, reason=reason, actor=actor)
    return before - group.member_count


def lock_group(group: Group) -> Group:
    """Returns the current group with its row locked. GroupGoneError if it no longer exists."""
    found = read_row(Group, group.organization_id, group.pk)
    if found is None:
        raise GroupGoneError
    return found[0]


def _claim_name(group: Group) -> None:
    """Claim the name if group names must be unique. The group keeps its other unique values."""
    if not group.organization.unique_group_names:
        return
    own = UniqueValue.objects.filter(organization=group.organization_id, resource_id=group.pk)
    values = {**dict(own.values_list("attribute", "key")), "displayName": canonical_key(group.display_name)}
    claim_values(group.organization_id, "Group", group.pk, values)
