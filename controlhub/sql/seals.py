"""Finds the audit events that must be sealed (audit.seal, docs/decisions/0070)."""

TRY_LOCK = "SELECT pg_try_advisory_xact_lock(%(lock)s)"
"""Whether the lock was free. Only one process at a time can seal: the lock is held until the transaction ends."""
HORIZON = """
SELECT (SELECT system_identifier::text FROM pg_control_system()), pg_snapshot_xmin(snapshot)::text,
    GREATEST(pg_snapshot_xmax(snapshot), pg_current_xact_id_if_assigned())::text
FROM pg_current_snapshot() AS snapshot
"""
"""The cluster, the oldest transaction that is still running, and a number that no visible transaction exceeds."""
UNSEALED = """
SELECT transaction_id::text, id FROM audit_auditevent AS event
WHERE (transaction_id, id) > (%(transaction)s::xid8, %(event)s) AND transaction_id <= %(until)s::xid8
AND NOT EXISTS (SELECT FROM audit_leaf WHERE event_id = event.id)
ORDER BY transaction_id, id LIMIT %(most)s
"""
"""The transactions and ids of events without a leaf, in the order in which they are sealed."""
UNSEALED_BEFORE = """
SELECT id FROM audit_auditevent AS event
WHERE organization_id = %(organization)s AND created_at <= %(until)s
AND NOT EXISTS (SELECT FROM audit_leaf WHERE event_id = event.id)
ORDER BY transaction_id, id LIMIT %(most)s
"""
"""An organization's events up to a time that have no leaf, in the order in which they are sealed."""
OVERLOOKED = """
SELECT id FROM audit_auditevent AS event
WHERE organization_id = %(organization)s
AND NOT EXISTS (SELECT FROM audit_leaf WHERE event_id = event.id)
AND (transaction_id < %(before)s::xid8 OR transaction_id = pg_current_xact_id_if_assigned())
ORDER BY id LIMIT %(most)s
"""
"""Events that no later run would seal, provided that all transactions before this one ended before the last run began.
"""
UNDELIVERED = """
SELECT organization.id, newest.size, newest.note FROM controlhub_organization AS organization
CROSS JOIN LATERAL (SELECT size, note FROM audit_checkpoint WHERE organization_id = organization.id
    ORDER BY size DESC LIMIT 1) AS newest
LEFT JOIN audit_delivery AS sent ON sent.organization_id = organization.id
WHERE sent.size IS DISTINCT FROM newest.size
ORDER BY organization.id LIMIT %(most)s
"""
"""The newest checkpoint of each organization for which the newest one was not sent. One index probe each."""
UNWITNESSED = """
SELECT organization.id, newest.size, newest.note, COALESCE(last.size, 0) FROM controlhub_organization AS organization
CROSS JOIN LATERAL (SELECT size, note FROM audit_checkpoint WHERE organization_id = organization.id
    ORDER BY size DESC LIMIT 1) AS newest
LEFT JOIN LATERAL (SELECT size FROM audit_cosignature WHERE organization_id = organization.id AND witness = %(witness)s
    ORDER BY size DESC LIMIT 1) AS last ON true
WHERE last.size IS NULL OR last.size < newest.size
ORDER BY random() LIMIT %(most)s
"""
"""The newest checkpoints that a witness has not cosigned, and the size that it last cosigned.

In random order, so that logs that the witness refuses do not block the others.
"""
