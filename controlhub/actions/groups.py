"""Groups and their members."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from audit.actor import Actor
from audit.record import Story, Target, record
from audit.vocabulary import AuditAction
from controlhub.models import Group, Membership, Organization, User
from controlhub.names import require_name

Document = dict[str, Any]
LISTED_MEMBERS = 50


@transaction.atomic
def create_group(organization: Organization, *, document: Document, actor: Actor) -> Group:
    """A new group without members."""
    group = Group(organization=organization)
    _mirror(group, document)
    group.save(force_insert=True)
    record(AuditAction.GROUP_CREATED, target=audit_target(group), story=Story(after=group.document), actor=actor)
    return group


@transaction.atomic
def update_group(group: Group, *, document: Document, actor: Actor) -> Group:
    """Give a locked group a new document; the same document changes nothing."""
    before = group.document
    if document == before:
        return group
    _mirror(group, document)
    group.save(update_fields=["document", "display_name", "display_name_key", "external_id"])
    touch_group(group)
    story = Story(before=before, after=group.document)
    record(AuditAction.GROUP_UPDATED, target=audit_target(group), story=story, actor=actor)
    return group


@transaction.atomic
def delete_group(group: Group, *, actor: Actor) -> None:
    """Remove a locked group; its members stay."""
    record(AuditAction.GROUP_DELETED, target=audit_target(group), story=Story(before=group.document), actor=actor)
    group.delete()


@transaction.atomic
def add_members(group: Group, *, user_ids: Iterable[UUID], group_ids: Iterable[UUID], actor: Actor) -> int:
    """Add the users and groups of this organization that are no members yet; how many were added."""
    users = _missing(group, "user_id", User.objects.filter(organization=group.organization_id, pk__in=list(user_ids)))
    children = _missing(
        group,
        "child_id",
        Group.objects.filter(organization=group.organization_id, pk__in=list(group_ids)).exclude(pk=group.pk),
    )
    rows = [Membership(group=group, user_id=pk) for pk in users] + [
        Membership(group=group, child_id=pk) for pk in children
    ]
    if not rows:
        return 0
    Membership.objects.bulk_create(rows, ignore_conflicts=True)
    _record_members(group, added=[*users, *children], actor=actor)
    return len(rows)


@transaction.atomic
def remove_members(group: Group, *, member_ids: Iterable[UUID] | None, actor: Actor) -> int:
    """Remove these members, or all where `member_ids` is None; how many were removed."""
    memberships = Membership.objects.filter(group=group)
    if member_ids is not None:
        wanted = list(member_ids)
        memberships = memberships.filter(user_id__in=wanted) | memberships.filter(child_id__in=wanted)
    found = list(memberships.values_list("pk", "user_id", "child_id"))
    if not found:
        return 0
    Membership.objects.filter(pk__in=[pk for pk, _, _ in found]).delete()
    _record_members(group, removed=[user or child for _, user, child in found], actor=actor)
    return len(found)


def touch_group(group: Group) -> None:
    """Count the version up: the representation has changed (conformance.md §15)."""
    Group.objects.filter(pk=group.pk).update(version=F("version") + 1, modified_at=Now())
    group.refresh_from_db(fields=["version", "modified_at"])


def audit_target(group: Group) -> Target:
    return Target(group.organization_id, "Group", str(group.id), group.display_name)


def _missing(group: Group, column: str, candidates: Any) -> list[UUID]:
    present = Membership.objects.filter(group=group, **{f"{column}__isnull": False}).values(column)
    return list(candidates.exclude(pk__in=present).values_list("pk", flat=True))


def _record_members(group: Group, *, added: Iterable[UUID] = (), removed: Iterable[UUID] = (), actor: Actor) -> None:
    touch_group(group)
    added, removed = list(added), list(removed)
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
