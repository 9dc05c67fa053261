"""Adds several people by hand at once, as a job, so that each event names its parent (docs/decisions/0067)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from audit.actor import Actor
from audit.record import Target
from audit.vocabulary import TargetType
from controlhub.actions.invitations import Person, add_user
from controlhub.actions.jobs import Description, JobKind, Problem, Step, register, start_job
from controlhub.actions.jobs.running import run_job_at_once
from controlhub.actions.managed_groups import join_group
from controlhub.actions.refusals import record_refusal
from controlhub.actions.roles import require_covers_group, require_may_give
from controlhub.errors import DomainError, GroupGoneError, InvalidSettingError
from controlhub.models import Group, Job, JobProblem, JobState, Organization, Permission, Role, User

MOST = 25
"""The maximum number of people who can be added at once."""


@dataclass(frozen=True, slots=True)
class Common:
    """What all of the people get. `reason` overrides the directory that owns the group."""

    role: Role | None = None
    group: Group | None = None
    reason: str = ""
    is_invited: bool = True


@dataclass(frozen=True, slots=True)
class Invited:
    """The secret of an invitation link, and the address to which it was mailed."""

    address: str
    secret: str


@register
class AddUsers(JobKind):
    """The parameters are `people`, which are removed once they are added, `role`, `group`, `reason` and `invite`.

    `invitations` receives the address and secret of each link. They are only available if the request itself runs the
    job.
    """

    name = "add-users"
    permission = Permission.MANAGE_USERS

    def __init__(self, invitations: list[Invited] | None = None) -> None:
        self._invitations = invitations

    def plan(self, job: Job) -> int | None:
        return len(job.parameters["people"])

    def step(self, job: Job, cursor: Any, *, actor: Actor) -> Step:
        del cursor  # there is one step
        group = _group(job)
        added, problems, invitations = _add(job, actor)
        if self._invitations is not None:
            self._invitations += invitations
        if group is not None and added:
            join_group(group, ids=added, reason=job.parameters["reason"], actor=actor)
        _forget_people(job)
        return Step(None, len(job.parameters["people"]), {"added": len(added)}, problems)

    def describe(self, job: Job) -> Description:
        number = job.total or 0
        return Description(
            ngettext("Add {number} user", "Add {number} users", number).format(number=number),
            unit=gettext_lazy("users"),
            counts={"added": gettext_lazy("Added")},
            url_name="user-list",
            url_label=gettext_lazy("Back to the list of users"),
        )


@dataclass(frozen=True, slots=True)
class Added:
    """`users` is the number of added users; `problems` says which people were not added. `job` is None for one person.

    `user` is set for one person. `invitations` has the links of the people who were added, unless a worker ran the job.
    The worker may still be running it: then the job is not finished.
    """

    users: int = 0
    problems: Sequence[JobProblem] = ()
    job: Job | None = None
    user: User | None = None
    invitations: Sequence[Invited] = ()


def add_users(organization: Organization, people: Sequence[Person], common: Common, *, actor: Actor) -> Added:
    """Add one person directly, or several by a job, which is the parent of their events and runs here.

    RefusedRoleError, GroupGoneError, OwnedGroupError, InvalidSettingError; for one person also NameTakenError.
    """
    if not 0 < len(people) <= MOST:
        raise InvalidSettingError(_("Add between 1 and {number} people at once.").format(number=MOST))
    require_may_give(actor, common.role, target=Target(organization.pk, TargetType.USER, "", people[0].address))
    if common.group is not None:
        _require_group(common.group, actor)
    if len(people) == 1:
        return _add_one(organization, people[0], common, actor)
    invitations: list[Invited] = []
    kind = AddUsers(invitations)
    job = start_job(organization, kind=kind, parameters=_parameters(people, common), actor=actor)
    run_job_at_once(job, steps=1, kind=kind)
    job.refresh_from_db()
    if job.state == JobState.FAILED:
        _forget_people(job)
        invitations.clear()
    return Added(job.counts.get("added", 0), list(job.problems.order_by("number")), job, invitations=invitations)


@transaction.atomic
def _add_one(organization: Organization, person: Person, common: Common, actor: Actor) -> Added:
    user, secret = add_user(organization, person, role=common.role, is_invited=common.is_invited, actor=actor)
    if common.group is not None:
        join_group(common.group, ids=[user.pk], reason=common.reason, actor=actor)
    return Added(1, user=user, invitations=[Invited(person.address, secret)] if secret else [])


def _require_group(group: Group, actor: Actor) -> None:
    if actor.role and not Role(actor.role).may(Permission.MANAGE_GROUPS):
        raise InvalidSettingError(_("Your role does not allow changes to groups."), field="group")
    require_covers_group(actor, group)


def _parameters(people: Sequence[Person], common: Common) -> Mapping[str, Any]:
    return {
        "people": [asdict(person) for person in people],
        "role": common.role or "",
        "group": str(common.group.pk) if common.group else "",
        "reason": common.reason,
        "invite": common.is_invited,
    }


def _add(job: Job, actor: Actor) -> tuple[list[UUID], list[Problem], list[Invited]]:
    """Returns the ids of the added users, the reasons why others were not added, and the invitation links."""
    role = Role(job.parameters["role"]) if job.parameters["role"] else None
    added, problems, invitations = [], [], []
    for number, values in enumerate(job.parameters["people"], start=1):
        person = Person(**values)
        try:
            with transaction.atomic():
                user, secret = add_user(
                    job.organization, person, role=role, is_invited=job.parameters["invite"], actor=actor
                )
        except DomainError as error:
            record_refusal(error)
            problems.append(Problem(number, person.address, error.message))
        else:
            added.append(user.pk)
            if secret:
                invitations.append(Invited(person.address, secret))
    return added, problems, invitations


def _forget_people(job: Job) -> None:
    """Remove the people from the job, because a permanent deletion must not leave them there."""
    Job.objects.filter(pk=job.pk).update(parameters={**job.parameters, "people": []})


def _group(job: Job) -> Group | None:
    """Returns the group that everyone joins. GroupGoneError if it no longer exists."""
    if not job.parameters["group"]:
        return None
    groups = Group.objects.in_organization(job.organization).select_related("organization")
    found = groups.filter(pk=job.parameters["group"]).first()
    if found is None:
        raise GroupGoneError
    return found
