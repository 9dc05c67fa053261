"""Find and remove expired audit events (audit.expiry, docs/decisions/0091)."""

EXPIRED_END = """
SELECT COALESCE(
    (SELECT leaf.position FROM audit_leaf AS leaf JOIN audit_auditevent AS event ON event.id = leaf.event_id
        WHERE leaf.organization_id = %(organization)s
        AND leaf.position >= %(first)s AND leaf.position < %(first)s + %(most)s
        AND event.created_at >= STATEMENT_TIMESTAMP() - make_interval(days => %(days)s)
        AND event.action <> 'log.recovered'
        ORDER BY leaf.position LIMIT 1),
    (SELECT max(position) + 1 FROM audit_leaf
        WHERE organization_id = %(organization)s AND position >= %(first)s AND position < %(first)s + %(most)s),
    %(first)s)
"""
"""The position of the first event that has not expired, or the position after the last one that was read."""
REMOVE_EXPIRED = "SELECT public.audit_remove_expired(%(organization)s)"
