"""Dry runs: what an initial cycle would do, counted and named. Nothing is sent but questions.

With `compares`, objects are also read whose values have not changed here, and objects of the application that belong
to nobody are listed.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
from directory.models import Application, Group, Link, Person
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
    Action.ENABLE: _("Reactivate"),
    Action.DISABLE: _("Deactivate"),
    Action.DELETE: _("Delete"),
    Action.UNLINK: _("Already gone"),
    Action.SKIP: _("Skip"),
    Action.CONFLICT: _("Conflict"),
    "orphan": _("Only in the application"),
}
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
        following = [phase, str(ids[-1])] if len(ids) == SIZE else _after(phase, compares=compares)
        return _step(job, results, following)

    def describe(self, job: Job) -> Description:
        title = _("Compare with the application") if job.parameters.get("compares") else _("Dry run of provisioning")
        return Description(title, _("objects"), {str(action): label for action, label in LABELS.items()})


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
        if action is None:
            continue
        counts[action] += 1
        problems.append(_problem(number, action, result))
    return Step(cursor, len(results), counts, problems)


def _effect(result: Result) -> str | None:
    """The name of what would happen, None for nothing."""
    plan = result.plan
    if result.error is not None or plan is None:
        return Action.CONFLICT.value
    is_quiet = plan.action is Action.SKIP and plan.reason in QUIET and result.job.link is None
    if is_quiet or (plan.action is Action.NOTHING and result.job.members.is_empty):
        return None
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
    links = Link.objects.filter(application=configuration.application, kind=Kind.PERSON, remote_id__in=ids)
    linked = set(links.values_list("remote_id", flat=True))
    problems = [
        Problem(
            number, str(each.document.get("userName") or each.id)[:200], str(LABELS["orphan"]), None, {"id": each.id}
        )
        for number, each in enumerate(found, start)
        if each.id not in linked
    ]
    following = start + len(found)
    cursor = ["orphans", str(following)] if found and following <= total else None
    return Step(cursor, 0, {"orphan": len(problems)}, problems)
