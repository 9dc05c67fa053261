"""Groups and their members."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any
from uuid import UUID

import orjson
from django.utils.translation import gettext as _

from audit.actor import Actor, ActorKind
from audit.record import EventContent, Target, record
from audit.vocabulary import AuditAction, TargetType
from controlhub.actions.roles import require_covers_group, require_covers_groups
from controlhub.actions.uniqueness import release_values
from controlhub.errors import CircularGroupError, OwnedGroupError, UnknownMemberError
from controlhub.models import Group, Organization, RoleMapping
from controlhub.models.tokens import proving
from controlhub.sql import memberships
from controlhub.sql.groups import CREATE_GROUP, DELETE_GROUP, UPDATE_GROUP
from controlhub.sql.memberships import ADD_MEMBER, COUNT_MEMBERS, REMOVE_MEMBER
from controlhub.sql.proof import Proof, proof_params
from controlhub.sql.statements import Statement
from controlhub.text.names import require_indexable, require_name

Document = dict[str, Any]
LISTED_MEMBERS = 1_000
"""The number of added and of removed members whose ids are in an event. The event always has their total number."""
LISTED_UNKNOWN = 5


def create_group(
    organization: Organization,
    *,
    document: Document,
    tolerated: Iterable[str] = (),
    actor: Actor,
    proof: Proof | None = None,
) -> Group:
    """Add a group without members, in one statement, which also checks the token."""
    group = Group(organization=organization)
    _mirror(group, document)
    content = EventContent(after=group.document, details=_details(tolerated))
    group.connection_id = actor.connection_id
    change = Statement(CREATE_GROUP, {**_params(group), **proof_params(proof), "connection": actor.connection_id})
    with proving(proof):
        found = record(
            AuditAction.GROUP_CREATED, target=audit_target(group), content=content, actor=actor, change=change
        )
    group.created_at, group.modified_at = found
    group.locked_at = group.created_at
    group._state.adding = False  # noqa: SLF001 — as Model.save() leaves it
    return group


def update_group(
    group: Group, *, document: Document, tolerated: Iterable[str] = (), reason: str = "", actor: Actor
) -> Group:
    """Give a locked group a new document. The same document changes nothing.

    A connection that sets or changes `externalId` owns the group from then on (docs/decisions/0032).

    RoleTooHighError if the group gives its members a role above the actor's: a directory finds its groups by
    `displayName` or `externalId`, and would fill a different group instead.
    """
    before = group.document
    if document == before:
        return group
    require_covers_group(actor, group)
    details = {**_details(tolerated), **_override(group, reason, actor)}
    is_claimed = bool(document.get("externalId")) and document.get("externalId") != group.external_id
    _mirror(group, document)
    group.version += 1
    group.modified_at = max(group.modified_at, group.locked_at)
    owner = actor.connection_id if is_claimed else None
    change = Statement(UPDATE_GROUP, {**_params(group), "version": group.version - 1, "connection": owner})
    content = EventContent(before=before, after=group.document, details=details, reason=reason)
    record(AuditAction.GROUP_UPDATED, target=audit_target(group), content=content, actor=actor, change=change)
    return group


def delete_group(group: Group, *, reason: str = "", actor: Actor) -> None:
    """Remove a locked group. Its members are not deleted."""
    require_covers_group(actor, group)
    details = _override(group, reason, actor)
    if mapping := RoleMapping.objects.filter(group=group).first():
        content = EventContent(before={"role": mapping.role}, reason="The group is removed.")
        record(AuditAction.GROUP_UNMAPPED, target=audit_target(group), content=content, actor=actor)
    release_values(group.organization_id, group.pk)
    memberships.remove_all_of_group(group.pk)
    content = EventContent(before=group.document, details=details, reason=reason)
    change = Statement(DELETE_GROUP, {"id": group.pk, "version": group.version})
    record(AuditAction.GROUP_DELETED, target=audit_target(group), content=content, actor=actor, change=change)


def add_members(
    group: Group,
    *,
    ids: Iterable[UUID],
    nobody: Iterable[str] = (),
    leave_out: bool = False,
    tolerated: Iterable[str] = (),
    reason: str = "",
    actor: Actor,
) -> None:
    """Make users and groups of this organization members of a locked group.

    Unknown ids, and `nobody` (values that are not ids), are named by UnknownMemberError, or ignored and named in the
    event. CircularGroupError if the group would be a member of itself.
    """
    require_covers_group(actor, group)
    details = _override(group, reason, actor)
    added, unknown = _join(group, ids, list(nobody), leave_out=leave_out, actor=actor)
    content = _members_content(added, [], unknown, tolerated, details)._replace(reason=reason)
    _record_members(group, added=added, removed=[], content=content, actor=actor)


def remove_members(
    group: Group, *, ids: Iterable[UUID] | None, tolerated: Iterable[str] = (), reason: str = "", actor: Actor
) -> None:
    """End these memberships of a locked group, or all if `ids` is None. The members themselves are not deleted."""
    require_covers_group(actor, group)
    details = _override(group, reason, actor)
    gone = memberships.remove(group.organization_id, group.pk, None if ids is None else list(ids))
    content = _members_content([], gone, [], tolerated, details)._replace(reason=reason)
    _record_members(group, added=[], removed=gone, content=content, actor=actor)


def add_member(group: Group, user_id: UUID, *, tolerated: Iterable[str] = (), actor: Actor) -> None:
    """Make a user a member of a group, locked or not, in one statement.

    OvertakenError, without a change, if the user is already a member or does not exist in this organization: use
    `add_members` for these cases.
    """
    require_covers_group(actor, group)
    change = Statement(ADD_MEMBER, {"group": group.pk, "user": user_id})
    _record_change(group, change, _members_content([user_id], [], [], tolerated), actor)


def remove_member(group: Group, user_id: UUID, *, tolerated: Iterable[str] = (), actor: Actor) -> None:
    """End a user's membership of a group, locked or not, in one statement. OvertakenError if there is none."""
    require_covers_group(actor, group)
    change = Statement(REMOVE_MEMBER, {"group": group.pk, "user": user_id})
    _record_change(group, change, _members_content([], [user_id], [], tolerated), actor)


def set_members(
    group: Group,
    *,
    ids: Iterable[UUID],
    nobody: Iterable[str] = (),
    leave_out: bool = False,
    tolerated: Iterable[str] = (),
    actor: Actor,
) -> None:
    """Replace the members of a locked group. Only the difference is written."""
    require_covers_group(actor, group)
    wanted = list(dict.fromkeys(ids))
    gone = memberships.remove_all_but(group.organization_id, group.pk, wanted) if group.member_count else []
    added, unknown = _join(group, wanted, list(nobody), leave_out=leave_out, actor=actor)
    content = _members_content(added, gone, unknown, tolerated)
    _record_members(group, added=added, removed=gone, content=content, actor=actor)


def _join(
    group: Group, ids: Iterable[UUID], nobody: list[str], *, leave_out: bool, actor: Actor
) -> tuple[list[UUID], list[str]]:
    """Returns the ids that joined and the ids that are unknown."""
    organization_id, wanted = group.organization_id, list(dict.fromkeys(ids))
    if group.pk in wanted:
        raise CircularGroupError(
            _("{group} cannot be a member of itself.").format(group=group.display_name), field="members"
        )
    added = memberships.add_users(organization_id, group.pk, wanted) if wanted else []
    if len(added) < len(wanted):
        rest = list(set(wanted) - set(added))
        if groups := memberships.add_groups(organization_id, group.pk, rest):
            require_covers_groups(actor, group, groups)
            _require_tree(group, groups)
        added += groups
        if len(added) < len(wanted):
            nobody = nobody + [str(pk) for pk in memberships.unknown_ids(organization_id, group.pk, rest)]
    if nobody and not leave_out:
        named = ", ".join(nobody[:LISTED_UNKNOWN])
        raise UnknownMemberError(
            _("No user or other group of this organization has the id {id}.").format(id=named), field="members"
        )
    return added, nobody


def _require_tree(group: Group, children: list[UUID]) -> None:
    """Note that the organization nests groups. CircularGroupError if the group is nested in one of these at any depth.

    Requests that together would form a cycle wait for the organization's advisory lock, so the second one sees the
    first.
    """
    memberships.lock_nesting(group.organization_id)
    if memberships.is_below(group.organization_id, group.pk, children):
        raise CircularGroupError(
            _("{group} would be a member of itself.").format(group=group.display_name), field="members"
        )
    Organization.objects.filter(pk=group.organization_id, nests_groups=False).update(nests_groups=True)


def _params(group: Group) -> dict[str, Any]:
    """Returns the parameters of the statements that write a group's document."""
    return {
        "id": group.pk,
        "document": orjson.dumps(group.document).decode(),
        "display_name": group.display_name,
        "display_name_key": group.display_name_key,
        "external_id": group.external_id,
        "modified_at": group.modified_at,
    }


def audit_target(group: Group) -> Target:
    organization = group.organization
    return Target(
        organization.pk, TargetType.GROUP, str(group.id), group.display_name, frozenset(organization.secret_attributes)
    )


def _record_members(
    group: Group,
    *,
    added: list[UUID],
    removed: list[UUID],
    content: EventContent,
    actor: Actor,
) -> None:
    """Record the members that joined, left or were ignored, if there are any."""
    if not (added or removed or "left_out" in content.details):
        return
    if added or removed:
        change = Statement(COUNT_MEMBERS, {"group": group.pk, "change": len(added) - len(removed)})
        _record_change(group, change, content, actor)
    else:
        record(AuditAction.MEMBERS_CHANGED, target=audit_target(group), content=content, actor=actor)


def _record_change(group: Group, change: Statement, content: EventContent, actor: Actor) -> None:
    found = record(AuditAction.MEMBERS_CHANGED, target=audit_target(group), content=content, actor=actor, change=change)
    group.member_count, group.version, group.modified_at = found


def _members_content(
    added: Sequence[UUID],
    removed: Sequence[UUID],
    unknown: Sequence[str],
    tolerated: Iterable[str],
    also: Mapping[str, Any] = MappingProxyType({}),
) -> EventContent:
    details = {
        **also,
        "added": {"count": len(added), "ids": [str(pk) for pk in added[:LISTED_MEMBERS]]},
        "removed": {"count": len(removed), "ids": [str(pk) for pk in removed[:LISTED_MEMBERS]]},
    }
    if unknown:
        details["left_out"] = {"count": len(unknown), "ids": [pk[:100] for pk in unknown[:LISTED_MEMBERS]]}
        tolerated = {*tolerated, "unknown-member"}
    return EventContent(details={**details, **_details(tolerated)})


def _override(group: Group, reason: str, actor: Actor) -> dict[str, Any]:
    """Returns the override for the event if an administrator changes a group that a directory owns.

    OwnedGroupError without a reason, because the directory may undo the change and the log should explain it.
    """
    owner = group.owner if actor.kind is ActorKind.ADMIN else None
    if owner is None:
        return {}
    if not reason.strip():
        raise OwnedGroupError(
            _("{owner} owns this group. Change it there, or give a reason to override.").format(owner=owner.name),
            field="reason",
        )
    return {"override": owner.name}


def _details(tolerated: Iterable[str]) -> dict[str, Any]:
    names = sorted(tolerated)
    return {"tolerated": names} if names else {}


def _mirror(group: Group, document: Document) -> None:
    group.document = document
    group.display_name = document["displayName"]
    group.display_name_key = require_name(group.display_name, "displayName")
    group.external_id = document.get("externalId")
    require_indexable(group.external_id or "", "externalId")
