"""Groups and their members."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from audit.actor import Actor
from audit.record import Story, Target, record
from audit.vocabulary import AuditAction, TargetType
from controlhub.actions.roles import require_covers_group
from controlhub.actions.uniqueness import release_values
from controlhub.database.statements import Statement, inserted, insertion, removal, update
from controlhub.errors import CircularGroupError, UnknownMemberError
from controlhub.models import Group, Membership, Organization, RoleMapping
from controlhub.models.tokens import condition_of, proving
from controlhub.sql.proof import Proof
from controlhub.text.names import require_indexable, require_name

Document = dict[str, Any]
CREATED = ("created_at", "modified_at")
LISTED_MEMBERS = 50
LISTED_UNKNOWN = 5
# One member comes or goes in one statement: nobody else's change of the group is in the way, none is lost.
_COUNTED = """UPDATE controlhub_group g SET member_count = member_count {by}, version = version + 1,
modified_at = greatest(modified_at, STATEMENT_TIMESTAMP()) FROM moved WHERE g.id = moved.group_id"""
_JOIN = """moved AS (INSERT INTO controlhub_membership (group_id, user_id, created_at)
SELECT g.id, u.id, STATEMENT_TIMESTAMP() FROM controlhub_group g JOIN controlhub_user u USING (organization_id)
WHERE g.id = %s AND u.id = %s AND NOT u.hidden ON CONFLICT DO NOTHING RETURNING group_id)"""
_LEAVE = "moved AS (DELETE FROM controlhub_membership WHERE group_id = %s AND user_id = %s RETURNING group_id)"
_MOVED = ("member_count", "version", "modified_at")


def create_group(
    organization: Organization,
    *,
    document: Document,
    tolerated: Iterable[str] = (),
    actor: Actor,
    proof: Proof | None = None,
) -> Group:
    """A new group without members, in one statement, which proves the token too."""
    group = Group(organization=organization)
    _mirror(group, document)
    story = Story(after=group.document, details=_details(tolerated))
    change = insertion(group, returning=CREATED, condition=condition_of(proof))
    with proving(proof):
        found = record(AuditAction.GROUP_CREATED, target=audit_target(group), story=story, actor=actor, change=change)
    inserted(group, found, returning=CREATED)
    group.locked_at = group.created_at
    return group


def update_group(group: Group, *, document: Document, tolerated: Iterable[str] = (), actor: Actor) -> Group:
    """Give a locked group a new document; the same document changes nothing.

    RoleTooHighError if the group makes administrators above the actor's role: a directory finds its groups again by
    `displayName` or `externalId`, and would fill another group in its place.
    """
    before = group.document
    if document == before:
        return group
    require_covers_group(actor, group)
    _mirror(group, document)
    change = _counted_up(group, "document", "display_name", "display_name_key", "external_id")
    story = Story(before=before, after=group.document, details=_details(tolerated))
    record(AuditAction.GROUP_UPDATED, target=audit_target(group), story=story, actor=actor, change=change)
    return group


def delete_group(group: Group, *, actor: Actor) -> None:
    """Remove a locked group; its members stay."""
    require_covers_group(actor, group)
    if mapping := RoleMapping.objects.filter(group=group).first():
        story = Story(before={"role": mapping.role}, reason="The group is removed.")
        record(AuditAction.GROUP_UNMAPPED, target=audit_target(group), story=story, actor=actor)
    release_values(group.organization_id, group.pk)
    Membership.objects.end_of(group)
    story, change = Story(before=group.document), removal(group, version=group.version)
    record(AuditAction.GROUP_DELETED, target=audit_target(group), story=story, actor=actor, change=change)


def add_members(
    group: Group,
    *,
    ids: Iterable[UUID],
    nobody: Iterable[str] = (),
    leave_out: bool = False,
    tolerated: Iterable[str] = (),
    actor: Actor,
) -> None:
    """Make users and groups of this organization members of a locked group.

    Who is neither (`nobody`: values that are no id at all) is named by UnknownMemberError, or left out and named in
    the event. CircularGroupError if the group would be a member of itself.
    """
    require_covers_group(actor, group)
    added, unknown = _join(group, ids, list(nobody), leave_out=leave_out)
    _record_members(group, added=added, removed=[], unknown=unknown, tolerated=tolerated, actor=actor)


def remove_members(group: Group, *, ids: Iterable[UUID] | None, tolerated: Iterable[str] = (), actor: Actor) -> None:
    """End these memberships of a locked group, or all where `ids` is None."""
    require_covers_group(actor, group)
    gone = Membership.objects.leave(group, None if ids is None else list(ids))
    _record_members(group, added=[], removed=gone, unknown=[], tolerated=tolerated, actor=actor)


def add_member(group: Group, user_id: UUID, *, tolerated: Iterable[str] = (), actor: Actor) -> None:
    """Make a user a member of a group, locked or not, in one statement.

    OvertakenError, and nothing is done, if it is a member, or no user of this organization: that is for `add_members`.
    """
    require_covers_group(actor, group)
    change = Statement(_COUNTED.format(by="+ 1"), (group.pk, user_id), _MOVED, before=_JOIN)
    _record_move(group, change, added=[user_id], tolerated=tolerated, actor=actor)


def remove_member(group: Group, user_id: UUID, *, tolerated: Iterable[str] = (), actor: Actor) -> None:
    """End a user's membership of a group, locked or not, in one statement; OvertakenError if there is none."""
    require_covers_group(actor, group)
    change = Statement(_COUNTED.format(by="- 1"), (group.pk, user_id), _MOVED, before=_LEAVE)
    _record_move(group, change, removed=[user_id], tolerated=tolerated, actor=actor)


def set_members(
    group: Group,
    *,
    ids: Iterable[UUID],
    nobody: Iterable[str] = (),
    leave_out: bool = False,
    tolerated: Iterable[str] = (),
    actor: Actor,
) -> None:
    """Make these, and nobody else, the members of a locked group; only the difference is written."""
    require_covers_group(actor, group)
    wanted = list(dict.fromkeys(ids))
    gone = Membership.objects.leave_all_but(group, wanted) if group.member_count else []
    added, unknown = _join(group, wanted, list(nobody), leave_out=leave_out)
    _record_members(group, added=added, removed=gone, unknown=unknown, tolerated=tolerated, actor=actor)


def _join(group: Group, ids: Iterable[UUID], nobody: list[str], *, leave_out: bool) -> tuple[list[UUID], list[str]]:
    """Who joined, and who is unknown."""
    wanted = list(dict.fromkeys(ids))
    if group.pk in wanted:
        raise CircularGroupError(f"{group.display_name} cannot be a member of itself.", field="members")
    added = Membership.objects.join_users(group, wanted) if wanted else []
    if len(added) < len(wanted):
        rest = list(set(wanted) - set(added))
        if groups := Membership.objects.join_groups(group, rest):
            _require_tree(group, groups)
        added += groups
        if len(added) < len(wanted):
            nobody = nobody + [str(pk) for pk in Membership.objects.unknown(group, rest)]
    if nobody and not leave_out:
        named = ", ".join(nobody[:LISTED_UNKNOWN])
        raise UnknownMemberError(f"No user or other group of this organization has the id {named}.", field="members")
    return added, nobody


def _require_tree(group: Group, children: list[UUID]) -> None:
    """CircularGroupError if the group is a member of one of these, at any depth; remember that groups are nested.

    Two requests that close a circle together queue at the organization's advisory lock; the second one sees it.
    """
    Membership.objects.lock_nesting(group)
    if Membership.objects.is_below(group, children):
        raise CircularGroupError(f"{group.display_name} would be a member of itself.", field="members")
    Organization.objects.filter(pk=group.organization_id, nests_groups=False).update(nests_groups=True)


def _counted_up(group: Group, *columns: str) -> Statement:
    """A locked group's columns with its next version: the representation has changed (conformance.md §15)."""
    group.version += 1
    group.modified_at = max(group.modified_at, group.locked_at)
    return update(group, (*columns, "version", "modified_at"), version=group.version - 1)


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
    unknown: list[str],
    tolerated: Iterable[str],
    actor: Actor,
) -> None:
    """Of a locked group."""
    if not (added or removed or unknown):
        return
    change = None
    if added or removed:
        group.member_count += len(added) - len(removed)
        change = _counted_up(group, "member_count")
    story = _members_story(added, removed, unknown, tolerated)
    record(AuditAction.MEMBERS_CHANGED, target=audit_target(group), story=story, actor=actor, change=change)


def _record_move(
    group: Group,
    change: Statement,
    *,
    added: Sequence[UUID] = (),
    removed: Sequence[UUID] = (),
    tolerated: Iterable[str],
    actor: Actor,
) -> None:
    story = _members_story(added, removed, (), tolerated)
    moved = record(AuditAction.MEMBERS_CHANGED, target=audit_target(group), story=story, actor=actor, change=change)
    group.member_count, group.version, group.modified_at = moved


def _members_story(
    added: Sequence[UUID], removed: Sequence[UUID], unknown: Sequence[str], tolerated: Iterable[str]
) -> Story:
    details = {
        "added": {"count": len(added), "ids": [str(pk) for pk in added[:LISTED_MEMBERS]]},
        "removed": {"count": len(removed), "ids": [str(pk) for pk in removed[:LISTED_MEMBERS]]},
    }
    if unknown:
        details["left_out"] = {"count": len(unknown), "ids": [pk[:100] for pk in unknown[:LISTED_MEMBERS]]}
        tolerated = {*tolerated, "unknown-member"}
    return Story(details={**details, **_details(tolerated)})


def _details(tolerated: Iterable[str]) -> dict[str, Any]:
    names = sorted(tolerated)
    return {"tolerated": names} if names else {}


def _mirror(group: Group, document: Document) -> None:
    group.document = document
    group.display_name = document["displayName"]
    group.display_name_key = require_name(group.display_name, "displayName")
    group.external_id = document.get("externalId")
    require_indexable(group.external_id or "", "externalId")
