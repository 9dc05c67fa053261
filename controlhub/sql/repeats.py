"""Counts events that may happen many times an hour. `times` is how often an event has happened."""

from controlhub.sql.events import RECORD_CHANGE

KEPT_REQUESTS = 5
"""The number of request ids that are kept for one event."""

# Rows are locked in the order of their keys, to avoid deadlocks between processes.
COUNT_REPEATS = f"""
WITH given AS (SELECT * FROM jsonb_to_recordset(%(repeats)s::jsonb) AS g (organization_id uuid, hour timestamptz,
    action text, key text, times bigint, last_at timestamptz, requests text[])),
known AS (SELECT r.organization_id, r.hour, r.action, r.key FROM controlhub_repeatedevent r
    JOIN given USING (organization_id, hour, action, key) ORDER BY organization_id, hour, action, key FOR UPDATE OF r)
UPDATE controlhub_repeatedevent r SET times = r.times + given.times, last_at = greatest(r.last_at, given.last_at),
    requests = (r.requests || given.requests)[1:{KEPT_REQUESTS}]
FROM known JOIN given USING (organization_id, hour, action, key)
WHERE (r.organization_id, r.hour, r.action, r.key) = (known.organization_id, known.hour, known.action, known.key)
RETURNING r.organization_id, extract(epoch FROM r.hour)::bigint, r.action, r.key
"""
RECORD_FIRST = f"""
WITH changed AS (
    INSERT INTO controlhub_repeatedevent (organization_id, hour, action, key, event_id, times, first_at, last_at,
        requests)
    VALUES (%(organization)s, %(hour)s, %(action)s, %(key)s, %(event_id)s, %(times)s, %(first_at)s, %(last_at)s,
        %(requests)s)
    ON CONFLICT DO NOTHING RETURNING times
), {RECORD_CHANGE}
SELECT times FROM changed
"""
# Only if the count has not changed since the event was composed.
RECORD_NUMBER = f"""
WITH changed AS (
    DELETE FROM controlhub_repeatedevent WHERE organization_id = %(organization)s AND hour = %(hour)s
        AND action = %(action)s AND key = %(key)s AND times = %(times)s
    RETURNING times
), {RECORD_CHANGE}
SELECT times FROM changed
"""
