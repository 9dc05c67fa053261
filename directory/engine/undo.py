"""Undoes the last cycle, from its outcomes: changed or deactivated objects get their previous values.

Accounts that the cycle created are deactivated, not deleted; a deleted object cannot be restored. Objects are not sent
again before they change, or before a restart. Each object gets a row in the provisioning log, whose cycle is the job.
"""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.actor import Actor
from audit.record import EventContent, Target, record
from audit.vocabulary import AuditAction, TargetType
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
COUNTED = {OutcomeStatus.SUCCESS: "undone", OutcomeStatus.SKIPPED: "kept", OutcomeStatus.FAILURE: "failed"}
LABELS = {
    "undone": gettext_lazy("Undone"),
    "kept": gettext_lazy("Left as they are"),
    "failed": gettext_lazy("Failed"),
}


@dataclass(frozen=True, slots=True)
class Undoable:
    """The effect of an undo. `counts` has the objects by what the cycle did to them; `deleted` cannot be restored."""

    cycle: Cycle
    counts: Mapping[str, int]
    deleted: int

    @property
    def outcomes(self) -> QuerySet[Outcome]:
        """The rows of the log that are undone."""
        return _undone_by(self.cycle.application_id, self.cycle.pk)


def find_undoable(application: Application) -> Undoable | None:
    """The undo that is possible now; None while a cycle is open, or if there is nothing to undo."""
    cycle = _last_cycle(application)
    if cycle is None or cycle.undone_at or open_cycle(application) is not None:
        return None
    rows = Outcome.objects.filter(application=application, cycle_id=cycle.pk, status__in=DONE)
    counted = dict(rows.order_by().values_list("action").annotate(number=Count("pk")))
    return Undoable(
        cycle, {action: counted.get(action, 0) for action in UNDOABLE}, counted.get(OutcomeAction.DELETE, 0)
    )


@transaction.atomic
def undo_last_cycle(application: Application, *, cycle_id: UUID | None = None, actor: Actor) -> Job:
    """Start the job. Raises InvalidSettingError if a cycle is open, or the last one changed nothing or has been undone.

    With `cycle_id`, also raises it if that is not the last one.
    """
    Application.objects.select_for_update(no_key=True).get(pk=application.pk)
    if open_cycle(application) is not None:
        raise InvalidSettingError(_("A cycle is in progress. Wait until it ends."))
    cycle = _last_cycle(application)
    if cycle is None or cycle.undone_at:
        raise InvalidSettingError(_("There is no cycle that can be undone."))
    if cycle_id not in (None, cycle.pk):
        raise InvalidSettingError(_("Another cycle has ended in the meantime. Check what it changed."))
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
    """The undo as a job. A step undoes 50 outcomes, newest first."""

    name = "directory-undo-cycle"
    permission = Permission.MANAGE_PROVISIONING

    def plan(self, job: Job) -> int | None:
        return int(_of_cycle(job).count())

    def step(self, job: Job, cursor: Any, *, actor: Actor) -> Step:
        found = list(_of_cycle(job)[cursor or 0 : (cursor or 0) + SIZE])
        applications = Application.objects.in_organization(job.organization)
        application = applications.filter(pk=job.parameters["application"]).first()
        if application is None:
            raise DomainError(_("The application no longer exists."))
        if cursor is None:
            _record(application, job, actor)
        configuration = configuration_of(application, database_now())
        rows: list[Outcome] = []
        with claimed(application), open_line(configuration, seconds=STEP_SECONDS) as line:
            for outcome in found:
                if time.monotonic() > line.until and rows:
                    break
                rows.append(_row(job, line.client, outcome))
        Outcome.objects.bulk_create(rows)
        problems = [
            Problem(number, row.identity, row.details.get("text", ""), row.object_id)
            for number, row in enumerate(rows, job.done + 1)
            if row.status == OutcomeStatus.FAILURE
        ]
        counts = Counter(COUNTED[OutcomeStatus(row.status)] for row in rows)
        is_over = len(rows) == len(found) < SIZE
        return Step(None if is_over else (cursor or 0) + len(rows), len(rows), counts, problems)

    def describe(self, job: Job) -> Description:
        return Description(
            gettext_lazy("Undo a provisioning cycle"),
            gettext_lazy("objects"),
            LABELS,
            "application-logs",
            {"application_id": job.parameters["application"]},
            gettext_lazy("Show the outcomes"),
            f"cycle={job.pk}",
        )


def _of_cycle(job: Job) -> QuerySet[Outcome]:
    """The outcomes that the job undoes, newest first."""
    return _undone_by(UUID(job.parameters["application"]), UUID(job.parameters["cycle"])).order_by("-at", "-id")


def _undone_by(application_id: UUID, cycle_id: UUID) -> QuerySet[Outcome]:
    found = Outcome.objects.filter(application=application_id, cycle_id=cycle_id)
    return found.filter(status__in=DONE, action__in=UNDOABLE)


def _record(application: Application, job: Job, actor: Actor) -> None:
    target = Target(application.organization_id, TargetType.APPLICATION, str(application.pk), application.name)
    details = {"cycle": job.parameters["cycle"], "total": job.total}
    record(AuditAction.PROVISIONING_UNDONE, target=target, content=EventContent(details=details), actor=actor)


def _row(job: Job, client: TargetClient, outcome: Outcome) -> Outcome:
    """Undo one outcome. Returns the row of the log with the result."""
    started, changes = time.monotonic(), inverse_of(outcome)
    is_kept = outcome.action == OutcomeAction.CREATE and not changes
    row = Outcome(
        organization_id=outcome.organization_id,
        application_id=outcome.application_id,
        cycle_id=job.pk,
        kind=outcome.kind,
        object_id=outcome.object_id,
        remote_id=outcome.remote_id,
        identity=outcome.identity,
        action=OutcomeAction.DISABLE if outcome.action == OutcomeAction.CREATE else OutcomeAction.UPDATE,
        status=OutcomeStatus.SKIPPED if is_kept else OutcomeStatus.SUCCESS,
        code="KeptByUndo" if is_kept else "Undone",
        details={"undone": str(outcome.pk)},
        modified=[_modified(change) for change in changes],
    )
    try:
        if not is_kept and not _undo(client, outcome, changes):
            row.status, row.code, row.modified = OutcomeStatus.FAILURE, "MissingForUndo", []
            row.details["text"] = _("The object no longer exists in the application.")
    except RequestFailedError as error:
        row.status, row.code, row.modified = OutcomeStatus.FAILURE, error.code, []
        row.details |= {"text": str(error), "request": error.note.to_json(), "cause": error.cause.value}
    row.milliseconds = round((time.monotonic() - started) * 1000)
    return row


def _modified(change: Change) -> dict[str, Any]:
    return {"name": change.path, "old": change.old, "new": change.new, "operation": str(change.operation)}


def _undo(client: TargetClient, outcome: Outcome, changes: Sequence[Change]) -> bool:
    """Send the inverse of one outcome, and update the link. Returns False if the application has lost the object."""
    kind = Kind(outcome.kind)
    if changes:
        remote = client.read(kind, outcome.remote_id)
        if remote is None:
            return False
        client.change(kind, Found(outcome.remote_id, remote.document), changes)
    link = Link.objects.filter(application=outcome.application_id, kind=kind, local_id=outcome.object_id).first()
    if link is None:
        return True
    _undo_members(client, outcome, link)
    active = [change.new for change in changes if change.path.lower() == ACTIVE]
    link.is_active = bool(active[-1]) if active else link.is_active
    Link.objects.filter(pk=link.pk).update(digest="", is_active=link.is_active, modified_at=Now())
    return True


def inverse_of(outcome: Outcome) -> list[Change]:
    """The changes that restore the previous values."""
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
