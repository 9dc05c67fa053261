"""Groups and their members."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from audit.actor import Actor
from audit.record import Story, Target, record
from audit.vocabulary import AuditAction
from controlhub.errors import UnknownMemberError
from controlhub.models import Group, Membership, Organization
from controlhub.names import require_name
from controlhub.statements import insert_row, update_row

Document = dict[str, Any]
LISTED_MEMBERS = 50
LISTED_UNKNOWN = 5


def create_group(organization: Organization, *, document: Document, actor: Actor) -> Group:
    """A new group without members."""
    group = Group(organization=organization)
    _mirror(group, document)
    insert_row(group, returning=("created_at", "modified_at"))
    group.locked_at = group.created_at
    record(AuditAction.GROUP_CREATED, target=audit_target(group), story=Story(after=group.document), actor=actor)
    return group


def update_group(group: Group, *, document: Document, actor: Actor) -> Group:
    """Give a locked group a new document; the same document changes nothing."""
    before = group.document
    if document == before:
        return group
    _mirror(group, document)
    _count_up(group, "document", "display_name", "display_name_key", "external_id")
    story = Story(before=before, after=group.document)
    record(AuditAction.GROUP_UPDATED, target=audit_target(group), story=story, actor=actor)
    return group


def delete_group(group: Group, *, actor: Actor) -> None:
    """Remove a locked group; its members stay."""
    record(AuditAction.GROUP_DELETED, target=audit_target(group), story=Story(before=group.document), actor=actor)
    group.delete()


def add_members(group: Group, *, ids: Iterable[UUID], actor: Actor) -> None:
    """Make users and groups of this organization members of a locked group. UnknownMemberError names who is neither."""
    wanted = _require_known(group, ids)
    _record_members(group, added=Membership.objects.join(group, wanted), removed=[], actor=actor)


def remove_members(group: Group, *, ids: Iterable[UUID] | None, actor: Actor) -> None:
    """End these memberships of a locked group, or all where `ids` is None."""
    gone = Membership.objects.leave(group, None if ids is None else list(ids))
    _record_members(group, added=[], removed=gone, actor=actor)


def set_members(group: Group, *, ids: Iterable[UUID], actor: Actor) -> None:
    """Make these, and nobody else, the members of a locked group; only the difference is written."""
    wanted = _require_known(group, ids)
    gone = Membership.objects.leave_all_but(group, wanted)
    _record_members(group, added=Membership.objects.join(group, wanted), removed=gone, actor=actor)


def _require_known(group: Group, ids: Iterable[UUID]) -> list[UUID]:
    wanted = list(dict.fromkeys(ids))
    unknown = [group.pk] if group.pk in wanted else Membership.objects.unknown(group, wanted) if wanted else []
    if unknown:
        named = ", ".join(str(pk) for pk in unknown[:LISTED_UNKNOWN])
        raise UnknownMemberError(f"No user or other group of this organization has the id {named}.", field="members")
    return wanted


def _count_up(group: Group, *columns: str) -> None:
    """Save a locked group's columns; the representation has changed (conformance.md §15)."""
    group.version += 1
    group.modified_at = max(group.modified_at, group.locked_at)
    update_row(group, (*columns, "version", "modified_at"))


def audit_target(group: Group) -> Target:
    return Target(group.organization_id, "Group", str(group.id), group.display_name)


def _record_members(group: Group, *, added: list[UUID], removed: list[UUID], actor: Actor) -> None:
    if not added and not removed:
        return
    _count_up(group)
    details = {
        "added": {"count": len(added), "ids": [str(pk) for pk in added[:LISTED_MEMBERS]]},
        "removed": {"count": len(removed), "ids": [str(pk) for pk in removed[:LISTED_MEMBERS]]},
    }
    record(AuditAction.MEMBERS_CHANGED, target=audit_target(group), story=Story(details=details), actor=actor)


def _mirror(group: Group, document: Document) -> None:
    group.document = document
    group.display_name = document["displayName"]
    group.display_name_key = require_name(group.display_name, "displayName")
    group.external_id = document.get("externalId")
