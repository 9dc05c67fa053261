"""Starting a bulk action for the users of a selection."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from audit.actor import Actor
from controlhub.actions.bulk.kinds import BulkKind
from controlhub.actions.jobs import start_job
from controlhub.actions.jobs.control import BATCH
from controlhub.actions.jobs.running import run_job_at_once
from controlhub.models import Job, Organization

AT_ONCE = 200
"""A bulk action on at most this many users runs in the request that starts it."""


def start_bulk_job(
    organization: Organization, *, kind: BulkKind, parameters: Mapping[str, Any], ids: list[UUID], actor: Actor
) -> Job:
    """Start the job for exactly these users, and finish it if there are at most AT_ONCE.

    RefusedRoleError, InvalidSettingError.
    """
    kind.require_allowed(organization, parameters, actor=actor)
    job = start_job(organization, kind=kind, parameters=parameters, targets=ids, actor=actor)
    if len(ids) <= AT_ONCE:
        run_job_at_once(job, steps=AT_ONCE // BATCH)
    return job
