"""Turns of jobs (controlhub.actions.jobs.running)."""

TAKE_TURN = "SELECT pg_try_advisory_xact_lock(hashtextextended('job:' || %(job)s::text, 0))"
"""Whether no other worker is running a step of the job. The lock ends with the transaction, even if it is killed."""
