"""Start, pause, resume, cancel and undo jobs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from audit.actor import Actor, ActorKind
from audit.record import EventContent, Target, record
from audit.vocabulary import AuditAction, TargetType
from controlhub.actions.jobs.kinds import JobKind, find_kind
from controlhub.errors import InvalidSettingError, JobStateError, PermissionMissingError
from controlhub.models import Job, JobBatch, JobState, Organization, Role
from controlhub.models.jobs import RUNNABLE, UNFINISHED

BATCH = 50
"""The number of targets in one step."""
MAX_TARGETS = 100_000
MAX_PARAMETERS = 64 * 1024
UNDOABLE = (JobState.DONE, JobState.CANCELLED, JobState.FAILED)


def audit_target(job: Job) -> Target:
    return Target(job.organization_id, TargetType.JOB, str(job.pk), job.kind)


@transaction.atomic
def start_job(
    organization: Organization,
    *,
    kind: JobKind,
    parameters: Mapping[str, Any],
    targets: Sequence[UUID] = (),
    undo_of: Job | None = None,
    actor: Actor,
) -> Job:
    """Queue a job. A worker begins within seconds.

    `parameters` is JSON of at most MAX_PARAMETERS bytes. `targets`, at most MAX_TARGETS, are stored in batches of
    BATCH. The total is the number of targets; without targets it is what the kind plans.

    PermissionMissingError, InvalidSettingError.
    """
    require_permission(actor, kind)
    if len(orjson.dumps(parameters)) > MAX_PARAMETERS:
        raise InvalidSettingError(_("The parameters of this job are too long."))
    if len(targets) > MAX_TARGETS:
        raise InvalidSettingError(
            _("A job can have at most {number} targets. Use filters to select fewer.").format(number=MAX_TARGETS)
        )
    job = Job(organization=organization, kind=kind.name, parameters=dict(parameters), undo_of=undo_of)
    job.started_by = UUID(actor.id) if actor.kind is ActorKind.ADMIN else None
    job.started_by_label = actor.label
    job.origin = {name: value for name, value in actor._asdict().items() if name in _ORIGIN}
    job.save(force_insert=True)
    JobBatch.objects.bulk_create(_batches(job, targets), batch_size=200)
    job.total = len(targets) if targets else kind.plan(job)
    job.save(update_fields=["total"])
    content = EventContent(details={"total": job.total, **({"undo of": str(undo_of.pk)} if undo_of else {})})
    record(AuditAction.JOB_STARTED, target=audit_target(job), content=content, actor=actor)
    return job


_ORIGIN = ("kind", "id", "label", "address", "user_agent", "request_id")


def _batches(job: Job, targets: Sequence[UUID]) -> Iterator[JobBatch]:
    for number, first in enumerate(range(0, len(targets), BATCH)):
        yield JobBatch(job=job, number=number, targets=list(targets[first : first + BATCH]))


@transaction.atomic
def pause_job(job: Job, *, actor: Actor) -> None:
    """Stop after the current step, until `resume_job`. JobStateError if the job has finished."""
    _change(job, RUNNABLE, JobState.PAUSED, AuditAction.JOB_PAUSED, actor)


@transaction.atomic
def resume_job(job: Job, *, actor: Actor) -> None:
    """Continue after the last step. JobStateError if the job is not paused."""
    _change(job, (JobState.PAUSED,), JobState.QUEUED, AuditAction.JOB_RESUMED, actor)


@transaction.atomic
def cancel_job(job: Job, *, actor: Actor) -> None:
    """Stop permanently after the current step; completed steps are kept. JobStateError if the job has finished."""
    _change(job, UNFINISHED, JobState.CANCELLED, AuditAction.JOB_CANCELLED, actor)
    Job.objects.filter(pk=job.pk).update(finished_at=Now())


def undo_job(job: Job, *, actor: Actor) -> Job:
    """Start a job that undoes the changes of this one, at most once. JobStateError if that is not possible."""
    kind = find_kind(job.kind)
    if not kind.undo_kind or job.state not in UNDOABLE:
        raise JobStateError(_("This job cannot be undone."))
    changed = [target for batch in job.batches.order_by("number").iterator() for target in batch.changed]
    if not changed:
        raise JobStateError(_("This job made no changes that can be undone."))
    try:
        return start_job(
            job.organization,
            kind=find_kind(kind.undo_kind),
            parameters=job.parameters,
            targets=changed,
            undo_of=job,
            actor=actor,
        )
    except IntegrityError:
        raise JobStateError(_("This job has already been undone.")) from None


def require_permission(actor: Actor, kind: JobKind) -> None:
    """PermissionMissingError if a person's role may not start, or control, jobs of this kind."""
    if actor.role and not Role(actor.role).may(kind.permission):
        raise PermissionMissingError


def may_control(job: Job, role: Role) -> bool:
    """Whether administrators with this role may pause, resume, cancel and undo the job."""
    return role.may(find_kind(job.kind).permission)


def _change(job: Job, states: Sequence[JobState], state: JobState, event: AuditAction, actor: Actor) -> None:
    require_permission(actor, find_kind(job.kind))
    changed = Job.objects.filter(pk=job.pk, state__in=states).update(state=state)
    if not changed:
        raise JobStateError
    job.refresh_from_db()
    details = {"done": job.done, "total": job.total}
    record(event, target=audit_target(job), content=EventContent(details=details), actor=actor)
