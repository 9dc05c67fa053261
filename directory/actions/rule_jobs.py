"""The job that applies the rule of a group to everybody after the rule has changed."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit.actor import Actor
from audit.record import EventContent, record
from audit.vocabulary import AuditAction
from controlhub.actions.jobs import Description, JobKind, Step, register, start_job
from controlhub.actions.jobs.running import run_job_at_once
from controlhub.models import Job, Permission
from controlhub.sql import directory_members as members
from directory.actions.groups import audit_target
from directory.actions.rules import change_rule
from directory.models import Group, GroupKind, Membership, Person
from directory.provisioning.scope import ScopingFilter

BATCH = 500
"""The number of people in one step."""
STEPS_AT_ONCE = 2
"""Steps that run in the request that changed the rule; a worker continues."""
LISTED = 50


@register
class ApplyRule(JobKind):
    """The parameter is `group`. Each step uses the rule that the group has at that time."""

    name = "directory-rule"
    permission = Permission.MANAGE_DIRECTORY

    def plan(self, job: Job) -> int | None:
        return Person.objects.in_organization(job.organization).current().count()

    def step(self, job: Job, cursor: Any, *, actor: Actor) -> Step:
        groups = Group.objects.select_for_update(of=("self",), no_key=True).in_organization(job.organization)
        if cursor is None:
            _remove_children(groups.filter(pk=job.parameters["group"]).first(), actor)
        people = _batch(job, cursor)
        group = groups.filter(pk=job.parameters["group"], kind=GroupKind.DYNAMIC).first()
        if group is None or not people:
            return Step(None)
        joined, left = _move(group, people)
        _record(group, joined, left, actor)
        counts = {"joined": len(joined), "left": len(left)}
        return Step(str(people[-1].pk) if len(people) == BATCH else None, len(people), counts)

    def describe(self, job: Job) -> Description:
        return Description(
            _("Apply the rule of a group"),
            unit=_("users"),
            counts={"joined": _("Members added"), "left": _("Members removed")},
            url_name="directory-group-detail",
            url_kwargs={"group_id": job.parameters["group"]},
            url_label=_("Open the group"),
        )


@transaction.atomic
def start_rule(group: Group, *, rule: ScopingFilter | None, actor: Actor) -> Job | None:
    """Change the rule, and start the job that applies it. Returns None if the rule is removed or unchanged.

    `run_rule` carries out the first steps. Raises InvalidSettingError or GroupGoneError.
    """
    changed = change_rule(group, rule=rule, actor=actor)
    if changed.kind != GroupKind.DYNAMIC or changed.version == group.version:
        return None
    return start_job(changed.organization, kind=ApplyRule(), parameters={"group": str(changed.pk)}, actor=actor)


def run_rule(job: Job) -> None:
    """Run the first steps in the request: all of them in a small directory."""
    run_job_at_once(job, steps=STEPS_AT_ONCE)


def _batch(job: Job, cursor: Any) -> list[Person]:
    """The next people, locked. Waits for changes of these people that are not committed yet."""
    people = Person.objects.in_organization(job.organization).current().order_by("pk")
    if cursor is not None:
        people = people.filter(pk__gt=UUID(cursor))
    return list(people.select_for_update(of=("self",), no_key=True)[:BATCH])


def _move(group: Group, people: list[Person]) -> tuple[list[UUID], list[UUID]]:
    """Apply the rule to a batch. Returns the people who joined and left the group."""
    rule = ScopingFilter.from_json(group.rule)
    selected = {person.pk for person in people if rule.matches(person.source).is_in_scope}
    own = Membership.objects.filter(group=group, person__in=people)
    current = set(own.values_list("person_id", flat=True))
    joined = members.add_people(group.organization_id, group.pk, sorted(selected - current))
    left = members.remove(group.pk, sorted(current - selected))
    return joined, left


def _remove_children(group: Group | None, actor: Actor) -> None:
    """Remove the groups that were assigned before, because a rule selects only people."""
    if group is not None and group.kind == GroupKind.DYNAMIC:
        children = Membership.objects.filter(group=group, child__isnull=False).values_list("child_id", flat=True)
        _record(group, [], members.remove(group.pk, list(children)), actor)


def _record(group: Group, joined: list[UUID], left: list[UUID], actor: Actor) -> None:
    if not (joined or left):
        return
    members.count(group.pk, len(joined) - len(left))
    details = {
        "added": {"count": len(joined), "ids": [str(pk) for pk in joined[:LISTED]]},
        "removed": {"count": len(left), "ids": [str(pk) for pk in left[:LISTED]]},
    }
    content = EventContent(details=details)
    record(AuditAction.DIRECTORY_MEMBERS_CHANGED, target=audit_target(group), content=content, actor=actor)
