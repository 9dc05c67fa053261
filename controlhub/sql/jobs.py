"""Turns of jobs (controlhub.actions.jobs.running)."""

TAKE_TURN = "SELECT pg_try_advisory_xact_lock(hashtextextended('job:' || %(job)s::text, 0))"
"""Whether no other worker carries out a step of the job. The turn ends with the transaction, also when it is killed."""
