"""Members of groups with assigned members: people and other groups, without cycles."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from audit.actor import Actor
from audit.record import EventContent, record
from audit.vocabulary import AuditAction
from controlhub.errors import CircularGroupError, InvalidSettingError, UnknownMemberError
from controlhub.sql import directory_members as members
from directory.actions.groups import audit_target, lock_group
from directory.models import Group, GroupKind

LISTED = 50
"""The maximum number of ids in an event."""
LISTED_UNKNOWN = 5


@transaction.atomic
def add_members(group: Group, *, ids: Iterable[UUID], actor: Actor) -> int:
    """Add people and groups of the organization as members. Returns the number of new members.

    Raises UnknownMemberError, CircularGroupError, InvalidSettingError for a dynamic group, or GroupGoneError.
    """
    group, wanted = _lock_assigned(group), list(dict.fromkeys(ids))
    if group.pk in wanted:
        raise _circular(group)
    people, groups = members.add(group.organization_id, group.pk, wanted)
    if groups:
        members.lock_nesting(group.organization_id)
        if members.is_below(group.pk, groups):
            raise _circular(group)
    joined = [*people, *groups]
    if len(joined) < len(wanted):
        _require_known(group, [pk for pk in wanted if pk not in set(joined)])
    _record(group, joined, [], actor)
    return len(joined)


@transaction.atomic
def remove_members(group: Group, *, ids: Iterable[UUID], actor: Actor) -> int:
    """Remove members. Returns the number removed. Raises InvalidSettingError for a dynamic group, or GroupGoneError."""
    group = _lock_assigned(group)
    left = members.remove(group.pk, list(ids))
    _record(group, [], left, actor)
    return len(left)


def _lock_assigned(group: Group) -> Group:
    group = lock_group(group)
    if group.kind == GroupKind.DYNAMIC:
        raise InvalidSettingError(_("The rule of this group selects its members. Change the rule instead."))
    return group


def _require_known(group: Group, ids: Sequence[UUID]) -> None:
    if unknown := members.unknown_ids(group.organization_id, group.pk, ids):
        named = ", ".join(str(pk) for pk in unknown[:LISTED_UNKNOWN])
        raise UnknownMemberError(_("No user or other group of this directory has the id {id}.").format(id=named))


def _circular(group: Group) -> CircularGroupError:
    return CircularGroupError(_("{group} would be a member of itself.").format(group=group.display_name))


def _record(group: Group, joined: Sequence[UUID], left: Sequence[UUID], actor: Actor) -> None:
    """Count and record the members that joined or left. Does nothing if there are none."""
    if not (joined or left):
        return
    members.count(group.pk, len(joined) - len(left))
    details = {
        "added": {"count": len(joined), "ids": [str(pk) for pk in joined[:LISTED]]},
        "removed": {"count": len(left), "ids": [str(pk) for pk in left[:LISTED]]},
    }
    content = EventContent(details=details)
    record(AuditAction.DIRECTORY_MEMBERS_CHANGED, target=audit_target(group), content=content, actor=actor)
