"""Turns of queries without an index (scim.resources.turns)."""

TAKE_TURN = """
SELECT pg_try_advisory_xact_lock(hashtextextended('unindexed:' || %(token)s::text, 0)),
    (SELECT COALESCE(sum(rows), 0) FROM controlhub_rowcount WHERE organization_id = %(organization)s) <= %(few_rows)s
"""
"""Whether the token has no other such query running, and whether the organization has few rows."""
