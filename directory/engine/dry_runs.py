"""Dry runs: what an initial cycle would do, counted and named. Only read requests are sent.

With `compares`, objects whose values have not changed here are also read, and users and groups of the application that
belong to no object of the directory are listed, with duplicates of provisioned ones listed separately.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from audit.actor import Actor
from controlhub.actions.jobs import Description, JobKind, Problem, Step, register, start_job
from controlhub.database.clock import database_now
from controlhub.errors import DomainError
from controlhub.models import Job, JobState, Permission
from directory.engine import strangers
from directory.engine.batches import Line, discuss, operation_for
from directory.engine.demand import open_line
from directory.engine.errors import RequestFailedError
from directory.engine.exchange import Result
from directory.engine.reading import member_changes
from directory.engine.rules import Configuration, configuration_of
from directory.engine.troubles import find_trouble
from directory.models import Application, Group, Link, Person, PlannedPerson
from directory.provisioning.plan import Action, Kind, Reason

SIZE = 100
STEP_SECONDS = 20.0
OVERRIDES = frozenset(
    {
        "user_mappings",
        "group_mappings",
        "user_filters",
        "group_filters",
        "scope",
        "includes_nested",
        "provisions_users",
        "provisions_groups",
        "creates",
        "updates",
        "deletes",
    }
)
"""Columns of an application that a dry run can try with other values."""
QUIET = frozenset({Reason.NOT_ENTITLED, Reason.PURGED, Reason.DELETED})
LABELS = {
    Action.CREATE: _("Create"),
    Action.RECREATE: _("Create again, because it is missing"),
    Action.LINK: _("Match without changes"),
    Action.UPDATE: _("Update"),
    Action.ENABLE: _("Enable"),
    Action.DISABLE: _("Disable"),
    Action.DELETE: _("Delete"),
    Action.UNLINK: _("Already gone"),
    Action.SKIP: _("Skip"),
    Action.CONFLICT: _("Conflict"),
    **strangers.LABELS,
    "unchanged": _("No change"),
    "outside": _("Not assigned, or deleted"),
}
UNNAMED = ("unchanged", "outside")
"""Effects that are counted and not named: nothing would happen to these objects."""
COMPARED = (strangers.ORPHAN, strangers.DUPLICATE)
"""Effects that only a comparison finds."""
PHASES = ("people", "links", "groups", "orphans", "group-orphans")
STRANGERS = {"orphans": Kind.PERSON, "group-orphans": Kind.GROUP}
"""The phases that only a comparison has."""


@dataclass(frozen=True, slots=True)
class PlanSummary:
    """The results of a dry run: the number of objects by action, and whether it is complete."""

    job: Job
    counts: Mapping[str, int]
    is_done: bool


def dry_run(
    application: Application, *, actor: Actor, compares: bool = False, overrides: Mapping[str, Any] | None = None
) -> Job:
    """Start the job. With `overrides`, it tries the configuration with other values of these columns."""
    parameters = {"application": str(application.pk), "compares": compares, "overrides": dict(overrides or {})}
    return start_job(application.organization, kind=DryRun(), parameters=parameters, actor=actor)


def summary_of(job: Job) -> PlanSummary:
    return PlanSummary(job, job.counts, job.state == JobState.DONE)


@register
class DryRun(JobKind):
    """A dry run as a job. A step processes up to SIZE objects."""

    name = "directory-dry-run"
    permission = Permission.MANAGE_PROVISIONING

    def plan(self, job: Job) -> int | None:
        application = _application(job)
        people = Person.objects.filter(organization=application.organization_id).count()
        return people + Group.objects.filter(organization=application.organization_id).count()

    def step(self, job: Job, cursor: Any, *, actor: Actor) -> Step:
        del actor  # nothing is changed
        configuration = configuration_of(_application(job), database_now())
        phase, after = cursor or (PHASES[0], "")
        with open_line(configuration, seconds=STEP_SECONDS) as line:
            if phase in STRANGERS:
                return _strangers(configuration, line, phase, int(after or 1))
            kind, ids = _next_ids(configuration.application, phase, after)
            operations = [operation_for(kind, pk) for pk in ids]
            compares = bool(job.parameters["compares"])
            results = discuss(
                configuration, line, None, operations, sends=False, checks_target=compares, dry_run=job.pk
            )
            results = [_with_all_members(configuration, job, each) for each in _up_to_the_first_gap(ids, results)]
            _require_answers(line, ids, results)
        is_over = len(ids) < SIZE and len(results) == len(ids)
        following = _after(phase, compares=compares) if is_over else [phase, results[-1].job.local.id]
        _note_people(job, results)
        if phase == "groups" and is_over:
            PlannedPerson.objects.filter(job=job).delete()
        return _step(job, results, following)

    def describe(self, job: Job) -> Description:
        compares = bool(job.parameters.get("compares"))
        title = _("Compare with the application") if compares else _("Dry run of provisioning")
        names = [name for name in LABELS if compares or name not in COMPARED]
        return Description(
            title,
            _("objects"),
            {str(name): LABELS[name] for name in names},
            "application-effects",
            {"application_id": job.parameters["application"], "job_id": str(job.pk)},
            _("Show the effects"),
        )


def _application(job: Job) -> Application:
    """The application with the values that the dry run tries, not saved. Raises DomainError if it no longer exists."""
    application = Application.objects.in_organization(job.organization).filter(pk=job.parameters["application"]).first()
    if application is None:
        raise DomainError(str(_("The application no longer exists.")))
    for name, value in job.parameters["overrides"].items():
        if name in OVERRIDES:
            setattr(application, name, value)
    return application


def _next_ids(application: Application, phase: str, after: str) -> tuple[Kind, list[UUID]]:
    """The next objects: all people, then links of people who no longer exist, then all groups."""
    if phase == "links":
        gone = Link.objects.filter(application=application, kind=Kind.PERSON)
        known = Person.objects.filter(organization=application.organization_id)
        found = gone.exclude(local_id__in=known.values("pk")).order_by("local_id")
        found = found.filter(local_id__gt=after) if after else found
        return Kind.PERSON, list(found.values_list("local_id", flat=True)[:SIZE])
    if phase == "people":
        people = Person.objects.filter(organization=application.organization_id).order_by("pk")
        people = people.filter(pk__gt=after) if after else people
        return Kind.PERSON, list(people.values_list("pk", flat=True)[:SIZE])
    groups = Group.objects.filter(organization=application.organization_id).order_by("pk")
    groups = groups.filter(pk__gt=after) if after else groups
    return Kind.GROUP, list(groups.values_list("pk", flat=True)[:SIZE])


def _note_people(job: Job, results: Sequence[Result]) -> None:
    """Record whose activity will change, because only active people are members of groups in the application.

    Somebody who is permanently deleted during the run is processed a second time, through the remaining link.
    """
    rows = []
    for result in results:
        plan, link = result.plan, result.job.link
        if result.job.local.kind is not Kind.PERSON or result.error is not None or plan is None:
            continue
        if plan.action in {Action.SKIP, Action.CONFLICT}:
            continue
        is_new = plan.action in {Action.CREATE, Action.RECREATE}
        is_active = plan.links and plan.is_active
        if is_new or is_active != (link is not None and link.is_active):
            rows.append(PlannedPerson(job=job, person_id=result.job.local.id, is_active=is_active, is_new=is_new))
    PlannedPerson.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["job", "person_id"], update_fields=["is_active", "is_new"]
    )


def _after(phase: str, *, compares: bool) -> list[str] | None:
    following = PHASES[PHASES.index(phase) + 1]
    return [following, ""] if following not in STRANGERS or compares else None


def _strangers(configuration: Configuration, line: Line, phase: str, start: int) -> Step:
    """A page of the objects that only the application has. Raises DomainError if it cannot be read."""
    kind = STRANGERS[phase]
    following = None if phase == PHASES[-1] else _after(phase, compares=True)
    if not configuration.provisions(kind):
        return Step(following)
    try:
        step = strangers.page_of_strangers(configuration, line, kind, start)
    except RequestFailedError as error:
        raise _unanswered(error) from error
    return replace(step, cursor=following if step.cursor is None else [phase, str(step.cursor)])


def _step(job: Job, results: Sequence[Result], cursor: list[str] | None) -> Step:
    counts: Counter[str] = Counter()
    problems = []
    for number, result in enumerate(results, job.done + 1):
        action = _effect(result)
        counts[action] += 1
        if action in UNNAMED:
            continue
        problems.append(_problem(number, action, result))
    return Step(cursor, len(results), counts, problems)


def _up_to_the_first_gap(ids: Sequence[UUID], results: Sequence[Result]) -> list[Result]:
    """The results before the first object that was not processed in time; the next step begins with that object."""
    matching = zip(ids, results, strict=False)
    return [pair[1] for pair in takewhile(lambda pair: str(pair[0]) == pair[1].job.local.id, matching)]


def _with_all_members(configuration: Configuration, job: Job, result: Result) -> Result:
    """The result; a group that is created again gets all its members, whatever the previous one had."""
    local = result.job.local
    if local.kind is Kind.GROUP and result.is_replaced:
        members = member_changes(configuration, UUID(local.id), None, job.pk)
        result.job = replace(result.job, members=members)
    return result


def _require_answers(line: Line, ids: Sequence[UUID], results: Sequence[Result]) -> None:
    """Raises DomainError if the application does not answer: what it would say about each object is unknown."""
    trouble = find_trouble(line.client, results)
    if trouble is not None:
        raise _unanswered(trouble.error)
    if ids and not results:
        raise DomainError(str(_("The application responds too slowly. Try again later.")))


def _unanswered(error: RequestFailedError) -> DomainError:
    note = error.note
    text = _("The request to the application failed: {request} {status} {answer}")
    request = f"{note.method} {note.path}"
    return DomainError(text.format(request=request, status=note.status or "", answer=note.answer))


def _effect(result: Result) -> str:
    """The name of the effect."""
    plan = result.plan
    if result.error is not None or plan is None:
        return Action.CONFLICT.value
    if plan.action is Action.SKIP and plan.reason in QUIET and result.job.link is None:
        return "outside"
    if plan.action is Action.NOTHING and result.job.members.is_empty:
        return "unchanged"
    return Action.UPDATE.value if plan.action is Action.NOTHING else plan.action.value


def _problem(number: int, action: str, result: Result) -> Problem:
    plan, local = result.plan, result.job.local
    details: dict[str, Any] = {"action": action, "kind": local.kind.value}
    if plan is not None:
        changes = [change.to_json() for change in plan.changes if change.path not in plan.hidden]
        details |= {"reason": plan.reason.value, "changes": changes, "details": dict(plan.details)}
    members = result.job.members
    if plan is not None and plan.links and not members.is_empty:
        details["members"] = {"added": len(members.added), "removed": len(members.removed), "more": members.is_partial}
    if result.error is not None:
        details |= {"code": result.error.code, "request": result.error.note.to_json()}
    return Problem(number, local.label or result.remote_id, str(LABELS[Action(action)]), UUID(local.id), details)
