"""Undo of the last cycle, from its outcomes: what was changed or deactivated gets its values of before.

Accounts that the cycle created are deactivated, not deleted; a deleted object cannot come back. Objects are not sent
again before they change, or before a restart.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.actor import Actor
from controlhub.actions.jobs import Description, JobKind, Problem, Step, register, start_job
from controlhub.database.clock import database_now
from controlhub.errors import DomainError, InvalidSettingError
from controlhub.models import Job, Permission
from directory.engine.client import TargetClient
from directory.engine.cycles import open_cycle
from directory.engine.demand import claimed, open_line
from directory.engine.errors import RequestFailedError
from directory.engine.outcomes import HIDDEN
from directory.engine.rules import configuration_of
from directory.models import Application, Cycle, Link, Outcome, OutcomeAction, OutcomeStatus, SentMember
from directory.provisioning.changes import Change, Operation
from directory.provisioning.plan import ACTIVE, MEMBERS, Found, Kind

SIZE = 50
STEP_SECONDS = 20.0
DONE = (OutcomeStatus.SUCCESS, OutcomeStatus.WARNING)
UNDOABLE = (OutcomeAction.CREATE, OutcomeAction.UPDATE, OutcomeAction.DISABLE)


def undo_last_cycle(application: Application, *, actor: Actor) -> Job:
    """Start the job. InvalidSettingError if a cycle is open, or the last one changed nothing or has been undone."""
    if open_cycle(application) is not None:
        raise InvalidSettingError(_("A cycle is open. Wait until it has ended."))
    cycle = _last_cycle(application)
    if cycle is None or cycle.undone_at:
        raise InvalidSettingError(_("There is no cycle that can be undone."))
    parameters = {"application": str(application.pk), "cycle": str(cycle.pk)}
    job = start_job(application.organization, kind=UndoCycle(), parameters=parameters, actor=actor)
    Cycle.objects.filter(pk=cycle.pk).update(undone_at=Now())
    return job


def _last_cycle(application: Application) -> Cycle | None:
    """The newest cycle with anything to undo."""
    changed = _outcomes(application).order_by("-at", "-id").values_list("cycle_id", flat=True).first()
    return Cycle.objects.filter(pk=changed).first() if changed else None


def _outcomes(application: Application) -> QuerySet[Outcome]:
    found = Outcome.objects.filter(application=application, status__in=DONE, action__in=UNDOABLE)
    return found.exclude(cycle_id=None)


@register
class UndoCycle(JobKind):
    """A step undoes 50 outcomes, the newest first."""

    name = "directory-undo-cycle"
    permission = Permission.MANAGE_PROVISIONING

    def plan(self, job: Job) -> int | None:
        return int(_of_cycle(job).count())

    def step(self, job: Job, cursor: Any, *, actor: Actor) -> Step:
        del actor  # the start of the job is what is recorded
        rows = _of_cycle(job).order_by("-at", "-id")
        found = list(rows[cursor or 0 : (cursor or 0) + SIZE])
        application = (
            Application.objects.in_organization(job.organization).filter(pk=job.parameters["application"]).first()
        )
        if application is None:
            raise DomainError(_("The application no longer exists."))
        problems = []
        configuration = configuration_of(application, database_now())
        with claimed(application), open_line(configuration, seconds=STEP_SECONDS) as line:
            for number, outcome in enumerate(found, job.done + 1):
                try:
                    _undo(line.client, outcome)
                except RequestFailedError as error:
                    problems.append(Problem(number, outcome.identity, str(error), outcome.object_id))
        following = (cursor or 0) + SIZE if len(found) == SIZE else None
        return Step(following, len(found), {"undone": len(found) - len(problems)}, problems)

    def describe(self, job: Job) -> Description:
        del job  # all are the same
        labels = {"undone": gettext_lazy("Undone")}
        return Description(gettext_lazy("Undo a provisioning cycle"), gettext_lazy("objects"), labels)


def _of_cycle(job: Job) -> QuerySet[Outcome]:
    found = Outcome.objects.filter(application=job.parameters["application"], cycle_id=job.parameters["cycle"])
    return found.filter(status__in=DONE, action__in=UNDOABLE)


def _undo(client: TargetClient, outcome: Outcome) -> None:
    """Send the inverse of one outcome, and note it with the link."""
    kind = Kind(outcome.kind)
    changes = inverse_of(outcome)
    if changes:
        remote = client.read(kind, outcome.remote_id)
        if remote is not None:
            client.change(kind, Found(outcome.remote_id, remote.document), changes)
    link = Link.objects.filter(application=outcome.application_id, kind=kind, local_id=outcome.object_id).first()
    if link is None:
        return
    _undo_members(client, outcome, link)
    active = [change.new for change in changes if change.path.lower() == ACTIVE]
    link.is_active = bool(active[-1]) if active else link.is_active
    Link.objects.filter(pk=link.pk).update(digest="", is_active=link.is_active, modified_at=Now())


def inverse_of(outcome: Outcome) -> list[Change]:
    """The changes that restore what was there before."""
    if outcome.action == OutcomeAction.CREATE:
        is_person = outcome.kind == Kind.PERSON
        return [Change(Operation.REPLACE, ACTIVE, False, True)] if is_person else []
    rows = [row for row in outcome.modified if row["name"] != MEMBERS and HIDDEN not in (row["old"], row["new"])]
    return [Change(Operation(row["operation"]), row["name"], row["new"], row["old"]).inverse() for row in rows]


def _undo_members(client: TargetClient, outcome: Outcome, link: Link) -> None:
    rows = [row for row in outcome.modified if row["name"] == MEMBERS]
    if not rows or outcome.action == OutcomeAction.CREATE:
        return
    added, removed = (_remote(outcome, rows[0][name]) for name in ("new", "old"))
    client.change_members(outcome.remote_id, [each for _, each in removed], [each for _, each in added])
    SentMember.objects.filter(link=link, person_id__in=[pk for pk, _ in added]).delete()
    fresh = [SentMember(link=link, person_id=pk, remote_id=remote_id) for pk, remote_id in removed]
    SentMember.objects.bulk_create(fresh, ignore_conflicts=True)


def _remote(outcome: Outcome, ids: Sequence[str]) -> list[tuple[UUID, str]]:
    links = Link.objects.filter(application=outcome.application_id, kind=Kind.PERSON, local_id__in=ids)
    return list(links.values_list("local_id", "remote_id"))
