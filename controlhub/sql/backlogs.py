"""How much work is waiting for the workers. No query reads a whole table: counts stop at `most`."""

OUTBOX = """
SELECT count(*), COALESCE(extract(epoch FROM now() - min(created_at)), 0)
FROM (SELECT created_at FROM controlhub_outgoingmail WHERE try_at IS NOT NULL ORDER BY try_at LIMIT %(most)s) AS waiting
"""
"""The number of queued messages, and the age of the oldest one in seconds."""
UNSEALED = """
SELECT count(*), COALESCE(extract(epoch FROM now() - min(created_at)), 0)
FROM (SELECT id, created_at FROM audit_auditevent ORDER BY id DESC LIMIT %(most)s) AS newest
WHERE NOT EXISTS (SELECT 1 FROM audit_leaf WHERE event_id = newest.id)
"""
"""How many of the newest events are not sealed, and the age of the oldest of them in seconds."""
STAGED_PURGES = "SELECT count(*), COALESCE(sum(due), 0) FROM controlhub_purgerun WHERE state IN ('staged', 'held')"
"""The number of purges that wait for an administrator, and the number of users in them."""
