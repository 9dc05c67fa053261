"""The lock that lets one process at a time number audit events."""

TRY_LOCK = "SELECT pg_try_advisory_xact_lock(%(lock)s)"
"""Whether the lock was free. It is held until the transaction ends."""
