"""Dry runs: what an initial cycle would do, counted and named. Nothing is sent but questions.

With `compares`, objects are also read whose values have not changed here, and users of the application that belong to
nobody are listed, duplicates of provisioned ones apart.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from audit.actor import Actor
from controlhub.actions.jobs import Description, JobKind, Problem, Step, register, start_job
from controlhub.database.clock import database_now
from controlhub.errors import DomainError
from controlhub.models import Job, Permission
from directory.engine.batches import Line, discuss, operation_for
from directory.engine.demand import open_line
from directory.engine.exchange import Result
from directory.engine.rules import Configuration, configuration_of
from directory.engine.troubles import find_trouble
from directory.models import Application, Group, Link, Person
from directory.provisioning.plan import ACTIVE, EXTERNAL_ID, Action, Found, Kind, Reason

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
    Action.ENABLE: _("Reactivate"),
    Action.DISABLE: _("Deactivate"),
    Action.DELETE: _("Delete"),
    Action.UNLINK: _("Already gone"),
    Action.SKIP: _("Skip"),
    Action.CONFLICT: _("Conflict"),
    "orphan": _("Only in the application"),
    "duplicate": _("Duplicate in the application"),
    "unchanged": _("No change"),
    "outside": _("Not assigned, or deleted"),
}
UNNAMED = ("unchanged", "outside")
"""What is counted and not named: nothing would happen to these objects."""
COMPARED = ("orphan", "duplicate")
"""What only a comparison finds."""
PHASES = ("people", "groups", "links", "orphans")


@dataclass(frozen=True, slots=True)
class PlanSummary:
    """What a dry run has found: objects by action, and whether it is complete."""

    job: Job
    counts: Mapping[str, int]
    is_done: bool


def dry_run(
    application: Application, *, actor: Actor, compares: bool = False, overrides: Mapping[str, Any] | None = None
) -> Job:
    """Start the job. With `overrides`, the configuration is tried with other values of these columns."""
    parameters = {"application": str(application.pk), "compares": compares, "overrides": dict(overrides or {})}
    return start_job(application.organization, kind=DryRun(), parameters=parameters, actor=actor)


def summary_of(job: Job) -> PlanSummary:
    return PlanSummary(job, job.counts, job.state == "done")


@register
class DryRun(JobKind):
    """A step looks at 100 objects."""

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
            if phase == "orphans":
                return _orphans(configuration, line, int(after or 1))
            kind, ids = _next_ids(configuration.application, phase, after)
            operations = [operation_for(kind, pk) for pk in ids]
            compares = bool(job.parameters["compares"])
            results = discuss(configuration, line, None, operations, sends=False, checks_target=compares)
            results = _up_to_the_first_gap(ids, results)
            _require_answers(line, ids, results)
        is_over = len(ids) < SIZE and len(results) == len(ids)
        following = _after(phase, compares=compares) if is_over else [phase, results[-1].job.local.id]
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
    """The application with the values that the dry run tries, not saved. DomainError if it is gone."""
    application = Application.objects.in_organization(job.organization).filter(pk=job.parameters["application"]).first()
    if application is None:
        raise DomainError(str(_("The application no longer exists.")))
    for name, value in job.parameters["overrides"].items():
        if name in OVERRIDES:
            setattr(application, name, value)
    return application


def _next_ids(application: Application, phase: str, after: str) -> tuple[Kind, list[UUID]]:
    """The next objects: all people, then all groups, then links whose object is gone."""
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


def _after(phase: str, *, compares: bool) -> list[str] | None:
    following = PHASES[PHASES.index(phase) + 1]
    return [following, ""] if following != "orphans" or compares else None


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
    """The results before the first object that there was no time for; the next step begins with that one."""
    matching = zip(ids, results, strict=False)
    return [pair[1] for pair in takewhile(lambda pair: str(pair[0]) == pair[1].job.local.id, matching)]


def _require_answers(line: Line, ids: Sequence[UUID], results: Sequence[Result]) -> None:
    """DomainError if the application cannot be asked: what it would have said about each object is not known."""
    trouble = find_trouble(line.client, results)
    if trouble is not None:
        note = trouble.error.note
        text = _("The application cannot be asked: {request} {status} {answer}")
        request = f"{note.method} {note.path}"
        raise DomainError(text.format(request=request, status=note.status or "", answer=note.answer))
    if ids and not results:
        raise DomainError(str(_("The application answers too slowly. Try again later.")))


def _effect(result: Result) -> str:
    """The name of what would happen."""
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
    if result.error is not None:
        details |= {"code": result.error.code, "request": result.error.note.to_json()}
    return Problem(number, local.label or result.remote_id, str(LABELS[Action(action)]), UUID(local.id), details)


def _orphans(configuration: Configuration, line: Line, start: int) -> Step:
    """Users of the application that are linked to nobody, one page."""
    size = configuration.quirks.page_size
    total, found = line.client.page(Kind.PERSON, start, size)
    ids = [each.id for each in found]
    links = Link.objects.filter(application=configuration.application, kind=Kind.PERSON)
    linked = set(links.filter(remote_id__in=ids).values_list("remote_id", flat=True))
    unknown = [each for each in found if each.id not in linked]
    owners = {pk for each in unknown if (pk := _owner(each.document)) is not None}
    labels = dict(links.filter(local_id__in=owners).values_list("local_id", "label"))
    problems = [_stranger(number, each, labels) for number, each in enumerate(unknown, start)]
    counts = Counter(str(problem.details["action"]) for problem in problems)
    following = start + len(found)
    cursor = ["orphans", str(following)] if found and following <= total else None
    return Step(cursor, 0, counts, problems)


def _owner(document: Mapping[str, Any]) -> UUID | None:
    """The object of the directory that the externalId of a user names, whether or not there is one."""
    try:
        return UUID(str(document.get(EXTERNAL_ID)))
    except ValueError:
        return None


def _stranger(number: int, found: Found, labels: Mapping[UUID, str]) -> Problem:
    """A user of the application that is linked to nobody. With the externalId of somebody linked it is a duplicate."""
    owner = _owner(found.document)
    label = labels.get(owner) if owner else None
    action = "orphan" if label is None else "duplicate"
    details = {"action": action, "kind": Kind.PERSON.value, "id": found.id, "is_active": found.document.get(ACTIVE)}
    if label is not None:
        details["details"] = {"owner": label}
    name = str(found.document.get("userName") or found.id)[:200]
    return Problem(number, name, str(LABELS[action]), None, details)
