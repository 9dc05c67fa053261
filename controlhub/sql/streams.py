"""Which streams have something to send, and which sealed events come next (audit.streams)."""

CLAIM = """
UPDATE controlhub_stream SET claim = gen_random_uuid(), try_at = STATEMENT_TIMESTAMP() + %(lease)s
WHERE id IN (
    SELECT id FROM controlhub_stream AS stream
    WHERE NOT is_paused AND try_at <= STATEMENT_TIMESTAMP() AND (EXISTS (
        SELECT FROM audit_leaf
        WHERE audit_leaf.organization_id = stream.organization_id AND audit_leaf.position >= stream.position)
        OR EXISTS (SELECT FROM controlhub_streamrange WHERE stream_id = stream.id AND is_replay))
    ORDER BY try_at, id LIMIT %(most)s FOR UPDATE SKIP LOCKED)
RETURNING id
"""
"""Claims the streams that may send a batch now. No other worker can take one before its lease ends."""
NEXT_EVENTS = """
SELECT leaf.position, leaf.event_id,
    event.id IS NOT NULL AND (%(actions)s::text[] IS NULL OR event.action = ANY(%(actions)s::text[]))
FROM (SELECT position, event_id FROM audit_leaf
    WHERE organization_id = %(organization)s AND position >= %(position)s
        AND (%(stop)s::bigint IS NULL OR position < %(stop)s::bigint)
    ORDER BY position LIMIT %(most)s) AS leaf
LEFT JOIN audit_auditevent AS event ON event.id = leaf.event_id
ORDER BY leaf.position
"""
"""The next sealed events: position, id, and whether the stream wants them. It does not want removed events."""
ADVANCE = """
UPDATE controlhub_stream
SET position = %(stop)s, claim = NULL, try_at = STATEMENT_TIMESTAMP(), failures = 0, error = '',
    moved_at = STATEMENT_TIMESTAMP(),
    delivered_at = CASE WHEN %(count)s > 0 THEN STATEMENT_TIMESTAMP() ELSE delivered_at END
WHERE id = %(stream)s AND claim = %(claim)s
"""
ADVANCE_REPLAY = """
WITH moved AS (
    UPDATE controlhub_stream
    SET claim = NULL, try_at = STATEMENT_TIMESTAMP(), failures = 0, error = '', moved_at = STATEMENT_TIMESTAMP(),
        delivered_at = CASE WHEN %(count)s > 0 THEN STATEMENT_TIMESTAMP() ELSE delivered_at END
    WHERE id = %(stream)s AND claim = %(claim)s
    RETURNING id
), sent AS (
    UPDATE controlhub_streamrange SET first = %(stop)s
    WHERE id = %(replay)s AND stop > %(stop)s AND EXISTS (SELECT FROM moved)
), finished AS (
    DELETE FROM controlhub_streamrange WHERE id = %(replay)s AND stop <= %(stop)s AND EXISTS (SELECT FROM moved)
)
SELECT FROM moved
"""
"""The same for a replay: its range shrinks, or is deleted when done. The position of the stream does not change."""
ADD_RANGE = """
WITH known AS (
    SELECT id FROM controlhub_stream WHERE id = %(stream)s FOR KEY SHARE
), joined AS (
    DELETE FROM controlhub_streamrange
    WHERE stream_id = %(stream)s AND is_replay = %(is_replay)s AND first <= %(stop)s AND stop >= %(first)s
    RETURNING first, stop
)
INSERT INTO controlhub_streamrange (id, stream_id, is_replay, first, stop, at)
SELECT %(id)s, known.id, %(is_replay)s, LEAST(%(first)s, (SELECT min(first) FROM joined)),
    GREATEST(%(stop)s, (SELECT max(stop) FROM joined)), STATEMENT_TIMESTAMP()
FROM known
"""
"""Adds a range to a stream that still exists, and joins it with ranges that overlap or touch it."""
JOIN_OLDEST_GAPS = """
WITH oldest AS (
    DELETE FROM controlhub_streamrange WHERE id IN (
        SELECT id FROM controlhub_streamrange WHERE stream_id = %(stream)s AND NOT is_replay
        ORDER BY first DESC OFFSET %(kept)s)
    RETURNING first, stop, at
)
INSERT INTO controlhub_streamrange (id, stream_id, is_replay, first, stop, at)
SELECT %(id)s, %(stream)s, false, min(first), max(stop), max(at) FROM oldest HAVING count(*) > 0
"""
"""Joins the oldest gaps beyond this number into one, together with the events between them."""
POSTPONE = """
UPDATE controlhub_stream
SET claim = NULL, failures = failures + 1, error = %(error)s, failed_at = STATEMENT_TIMESTAMP(),
    try_at = STATEMENT_TIMESTAMP() + LEAST(%(longest)s, %(first)s * power(2, LEAST(failures, 16)))
WHERE id = %(stream)s AND claim = %(claim)s
"""
NOTE_ATTEMPT = """
WITH known AS (
    SELECT id FROM controlhub_stream WHERE id = %(stream)s FOR KEY SHARE
), counted AS (
    INSERT INTO controlhub_streamhour AS old (stream_id, hour, delivered, failed)
    SELECT id, date_trunc('hour', STATEMENT_TIMESTAMP(), 'UTC'), CASE WHEN %(error)s = '' THEN %(number)s ELSE 0 END,
        CASE WHEN %(error)s = '' THEN 0 ELSE 1 END
    FROM known
    ON CONFLICT (stream_id, hour)
        DO UPDATE SET delivered = old.delivered + excluded.delivered, failed = old.failed + excluded.failed
)
INSERT INTO controlhub_streamdelivery (id, stream_id, at, position, number, milliseconds, error, answer)
SELECT %(id)s, id, STATEMENT_TIMESTAMP(), %(position)s, %(number)s, %(milliseconds)s, %(error)s, %(answer)s FROM known
"""
"""Records an attempt of a stream that still exists, and updates the counters of its hour."""
FORGET_ATTEMPTS = """
DELETE FROM controlhub_streamdelivery WHERE id IN (
    SELECT id FROM controlhub_streamdelivery WHERE stream_id = %(stream)s ORDER BY at DESC, id DESC OFFSET %(kept)s)
"""
FORGET_HOURS = """
DELETE FROM controlhub_streamhour
WHERE stream_id = %(stream)s AND hour < STATEMENT_TIMESTAMP() - interval '2 days'
"""
LAGS = """
SELECT stream.id, event.created_at FROM controlhub_stream AS stream
JOIN audit_leaf AS leaf ON leaf.organization_id = stream.organization_id AND leaf.position = stream.position
JOIN audit_auditevent AS event ON event.id = leaf.event_id
WHERE stream.id = ANY(%(streams)s::uuid[])
"""
"""The time at which the first event that waits for a stream was recorded."""
POSITION_AT = """
SELECT size FROM audit_checkpoint WHERE organization_id = %(organization)s AND created_at < %(moment)s
ORDER BY created_at DESC LIMIT 1
"""
"""The size of the tree at a time: every event recorded later has this position or a higher one."""
POSITION_AFTER = """
SELECT size FROM audit_checkpoint WHERE organization_id = %(organization)s AND created_at >= %(moment)s
ORDER BY created_at LIMIT 1
"""
"""The size of the tree just after a time: every event recorded earlier has a lower position. No row if none exists."""
MEASURE_LAGS = """
INSERT INTO controlhub_streamlag (stream_id, at, waiting)
SELECT stream.id, date_bin(%(step)s, STATEMENT_TIMESTAMP(), 'epoch'),
    GREATEST(newest.position + 1 - stream.position, 0)
FROM controlhub_stream AS stream
CROSS JOIN LATERAL (SELECT position FROM audit_leaf WHERE organization_id = stream.organization_id
    ORDER BY position DESC LIMIT 1) AS newest
ON CONFLICT (stream_id, at) DO UPDATE SET waiting = GREATEST(controlhub_streamlag.waiting, excluded.waiting)
"""
"""Records the number of events that wait for each stream: the maximum of each step."""
FORGET_LAGS = """
DELETE FROM controlhub_streamlag
WHERE stream_id IN (SELECT id FROM controlhub_stream) AND at < STATEMENT_TIMESTAMP() - %(kept)s
"""
NEWEST_EVENT = """
SELECT leaf.position, event.created_at FROM audit_leaf AS leaf
LEFT JOIN audit_auditevent AS event ON event.id = leaf.event_id
WHERE leaf.organization_id = %(organization)s ORDER BY leaf.position DESC LIMIT 1
"""
"""The position of the newest sealed event, and when it was recorded (NULL if it has expired)."""
LAST_ANSWERS = """
SELECT DISTINCT ON (stream_id) stream_id, answer FROM controlhub_streamdelivery
WHERE stream_id = ANY(%(streams)s::uuid[]) ORDER BY stream_id, at DESC, id DESC
"""
"""The last response from the receiver of each of these streams."""
