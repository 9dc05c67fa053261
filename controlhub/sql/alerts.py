"""Which alerts have events to check, which streams have stalled, and which requests are due (audit.alerts)."""

DUE = """
SELECT id FROM controlhub_alert AS alert
WHERE NOT is_paused AND trigger IN ('events', 'full-admin') AND NOT id = ANY(%(but)s::uuid[]) AND (
    waiting > 0 AND quiet_until <= STATEMENT_TIMESTAMP() OR EXISTS (
        SELECT FROM audit_leaf
        WHERE audit_leaf.organization_id = alert.organization_id AND audit_leaf.position >= alert.position))
ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
"""
"""Locks an alert with new sealed events, or with events that have waited until it may fire again."""
STALLED = """
SELECT alert.id, stream.id, stream.name, newest.position + 1 - stream.position + replay.number,
    COALESCE(LEAST(event.created_at, replay.since), stream.moved_at)
FROM controlhub_alert AS alert JOIN controlhub_stream AS stream USING (organization_id)
CROSS JOIN LATERAL (SELECT position FROM audit_leaf WHERE organization_id = alert.organization_id
    ORDER BY position DESC LIMIT 1) AS newest
CROSS JOIN LATERAL (SELECT COALESCE(sum(stop - first), 0)::bigint AS number, min(at) AS since
    FROM controlhub_streamrange WHERE stream_id = stream.id AND is_replay) AS replay
LEFT JOIN audit_leaf AS leaf ON leaf.organization_id = alert.organization_id AND leaf.position = stream.position
LEFT JOIN audit_auditevent AS event ON event.id = leaf.event_id
WHERE alert.trigger = 'stream' AND NOT alert.is_paused AND NOT stream.is_paused
    AND newest.position + 1 - stream.position + replay.number >= alert.threshold
    AND GREATEST(LEAST(event.created_at, replay.since), stream.moved_at) <= STATEMENT_TIMESTAMP() - alert.window
ORDER BY alert.id, stream.id
"""
"""Streams that have not moved for the time of an alert: how many events wait, including replays, and since when."""
CLAIM_REQUEST = """
UPDATE controlhub_alertfiring SET claim = gen_random_uuid(), try_at = STATEMENT_TIMESTAMP() + %(lease)s
WHERE id IN (SELECT id FROM controlhub_alertfiring WHERE try_at <= STATEMENT_TIMESTAMP()
    ORDER BY try_at, id LIMIT %(most)s FOR UPDATE SKIP LOCKED)
RETURNING id
"""
SENT = """
UPDATE controlhub_alertfiring SET claim = NULL, try_at = NULL, error = '', sent_at = STATEMENT_TIMESTAMP()
WHERE id = %(firing)s AND claim = %(claim)s
"""
POSTPONE_REQUEST = """
UPDATE controlhub_alertfiring SET claim = NULL, tries = tries + 1, error = %(error)s,
    try_at = CASE WHEN NOT is_test AND fired_at > STATEMENT_TIMESTAMP() - %(tried_for)s
        THEN STATEMENT_TIMESTAMP() + LEAST(%(longest)s, %(first)s * power(2, LEAST(tries, 16))) END
WHERE id = %(firing)s AND claim = %(claim)s
"""
"""A test is sent only once."""
