"""Long-running work that people start: what a kind of job implements, and how a job is controlled."""

from controlhub.actions.jobs.control import cancel_job, pause_job, resume_job, start_job, undo_job
from controlhub.actions.jobs.kinds import Description, JobKind, Problem, Step, find_kind, register

__all__ = [
    "Description",
    "JobKind",
    "Problem",
    "Step",
    "cancel_job",
    "find_kind",
    "pause_job",
    "register",
    "resume_job",
    "start_job",
    "undo_job",
]
