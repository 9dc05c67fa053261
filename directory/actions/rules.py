"""Dynamic groups: their rules, and the people who join or leave because of them.

A transaction that changes a person applies the rules. One that changes a rule waits for such transactions to end, and
later ones see the new rule; a job then applies it to everybody (`rule_jobs`). So the old rule is never the last one
that was applied to a person, whatever the timing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from audit.actor import Actor
from audit.record import EventContent, record
from audit.vocabulary import AuditAction
from controlhub.errors import InvalidSettingError
from controlhub.models import Organization
from controlhub.sql import directory_members as members
from directory.actions.groups import audit_target, lock_group, save
from directory.models import Group, GroupKind, Membership, Person
from directory.provisioning.scope import ScopingFilter

LISTED = 50
"""The maximum number of group names in an event."""
MOST_RULES = 200
"""The maximum number of dynamic groups in an organization: each change of a person evaluates all of them."""


@dataclass(frozen=True, slots=True)
class Moves:
    """The names of the dynamic groups that a person joined and left."""

    joined: tuple[str, ...] = ()
    left: tuple[str, ...] = ()

    @property
    def details(self) -> dict[str, Any]:
        """The part of an event's details about these moves."""
        sides = {"joined_groups": self.joined, "left_groups": self.left}
        return {side: {"count": len(names), "names": list(names[:LISTED])} for side, names in sides.items() if names}


def share_rules(organization: Organization) -> None:
    """Call this first in a transaction that changes people: a rule cannot change until it ends."""
    members.share_rules(organization.pk)


def dynamic_groups(organization_id: UUID) -> list[Group]:
    """The dynamic groups of an organization, with the columns that `follow_rules` reads."""
    dynamic = Group.objects.filter(organization=organization_id, kind=GroupKind.DYNAMIC).order_by("pk")
    return list(dynamic.only("display_name", "rule"))


def follow_rules(person: Person, groups: Sequence[Group] | None = None) -> Moves:
    """Update the dynamic groups of a person who has changed. A caller with many people reads `groups` only once."""
    if groups is None:
        groups = dynamic_groups(person.organization_id)
    if not groups:
        return Moves()
    source, joined, left = person.source, [], []
    own = Membership.objects.filter(person=person, group__in=groups)
    current = set(own.values_list("group_id", flat=True))
    for group in groups:
        is_member = ScopingFilter.from_json(group.rule).matches(source).is_in_scope
        if is_member and group.pk not in current:
            members.add_people(person.organization_id, group.pk, [person.pk])
            members.count(group.pk, 1)
            joined.append(group.display_name)
        elif not is_member and group.pk in current:
            members.remove(group.pk, [person.pk])
            members.count(group.pk, -1)
            left.append(group.display_name)
    return Moves(tuple(joined), tuple(left))


@transaction.atomic
def change_rule(group: Group, *, rule: ScopingFilter | None, actor: Actor) -> Group:
    """Change the rule of a group, or remove it: then its members remain, and are assigned from now on.

    The caller starts the job that applies the rule to everybody. Raises InvalidSettingError for a rule without clauses,
    which would select everybody, and if there are too many dynamic groups. Raises GroupGoneError.
    """
    members.hold_rules(group.organization_id)
    group = lock_group(group)
    before = group.values
    if rule is not None and not rule.groups:
        raise InvalidSettingError(_("A rule needs at least one condition."))
    if rule is not None and group.kind != GroupKind.DYNAMIC:
        _require_room(group)
    group.kind = GroupKind.ASSIGNED if rule is None else GroupKind.DYNAMIC
    group.rule = {} if rule is None else rule.to_json()
    if group.values == before:
        return group
    save(group, "kind", "rule")
    content = EventContent(before=before, after=group.values)
    record(AuditAction.DIRECTORY_GROUP_UPDATED, target=audit_target(group), content=content, actor=actor)
    return group


def _require_room(group: Group) -> None:
    others = Group.objects.filter(organization=group.organization_id, kind=GroupKind.DYNAMIC)
    if others.count() >= MOST_RULES:
        message = _("An organization can have at most {number} dynamic groups.").format(number=MOST_RULES)
        raise InvalidSettingError(message)
