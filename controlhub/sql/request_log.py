"""The request log: inserts a batch of entries, its hourly counters and the last errors, and deletes old data."""

COPY_REQUESTS = """
COPY controlhub_scimrequest (organization_id, id, at, connection_id, token_id, method, path, status, milliseconds,
    request_id, resource_id, scim_type, quirks, address, agent, body, answer, body_size) FROM STDIN
"""
COUNT_REQUESTS = """
INSERT INTO controlhub_requesthour AS h (organization_id, hour, connection_id, requests, errors, dropped, rows, size,
    quirks, last_at, last_status, last_error_id)
SELECT c.organization_id, c.hour, c.connection_id, c.requests, c.errors, c.dropped, c.rows, c.size, c.quirks,
    c.last_at, c.last_status, c.last_error_id
FROM jsonb_to_recordset(%(counts)s::jsonb) AS c (organization_id uuid, hour timestamptz, connection_id uuid,
    requests bigint, errors bigint, dropped bigint, rows bigint, size bigint, quirks text[], last_at timestamptz,
    last_status smallint, last_error_id uuid)
JOIN controlhub_organization o ON o.id = c.organization_id
ORDER BY c.organization_id, c.hour, c.connection_id
ON CONFLICT (organization_id, hour, connection_id) DO UPDATE SET requests = h.requests + EXCLUDED.requests,
    errors = h.errors + EXCLUDED.errors, dropped = h.dropped + EXCLUDED.dropped, rows = h.rows + EXCLUDED.rows,
    size = h.size + EXCLUDED.size,
    quirks = CASE WHEN h.quirks @> EXCLUDED.quirks THEN h.quirks ELSE
        (SELECT array_agg(DISTINCT q ORDER BY q) FROM unnest(h.quirks || EXCLUDED.quirks) AS q) END,
    last_at = GREATEST(h.last_at, EXCLUDED.last_at),
    last_status = CASE WHEN EXCLUDED.last_at >= h.last_at THEN EXCLUDED.last_status ELSE h.last_status END,
    last_error_id = COALESCE(GREATEST(h.last_error_id, EXCLUDED.last_error_id), h.last_error_id)
"""
# Only for users and groups that exist; the newest error of each.
NOTE_ERRORS = """
INSERT INTO controlhub_provisioningerror AS e (resource_id, organization_id, connection_id, request, at, status,
    scim_type, detail)
SELECT DISTINCT ON (n.resource_id) n.resource_id, n.organization_id, n.connection_id, n.request, n.at, n.status,
    n.scim_type, n.detail
FROM jsonb_to_recordset(%(errors)s::jsonb) AS n (resource_id uuid, organization_id uuid, connection_id uuid,
    request uuid, at timestamptz, status smallint, scim_type text, detail text)
WHERE EXISTS (SELECT FROM controlhub_user u WHERE u.id = n.resource_id AND u.organization_id = n.organization_id)
    OR EXISTS (SELECT FROM controlhub_group g WHERE g.id = n.resource_id AND g.organization_id = n.organization_id)
ORDER BY n.resource_id, n.at DESC
ON CONFLICT (resource_id) DO UPDATE SET connection_id = EXCLUDED.connection_id, request = EXCLUDED.request,
    at = EXCLUDED.at, status = EXCLUDED.status, scim_type = EXCLUDED.scim_type, detail = EXCLUDED.detail
WHERE EXCLUDED.at >= e.at
"""
CLEAR_ERRORS = """
DELETE FROM controlhub_provisioningerror e USING jsonb_to_recordset(%(successes)s::jsonb)
    AS s (resource_id uuid, organization_id uuid, at timestamptz)
WHERE e.resource_id = s.resource_id AND e.organization_id = s.organization_id AND e.at <= s.at
"""
# Identifies the sender of a request whose token was not accepted; a digest belongs to at most one token.
REFUSED_TOKENS = """
SELECT digest, id, organization_id, connection_id FROM controlhub_accesstoken WHERE digest = ANY(%(digests)s)
"""
# The organizations that exist, and whether any of their users or groups has an error.
ORGANIZATIONS = """
SELECT o.id, EXISTS (SELECT FROM controlhub_provisioningerror e WHERE e.organization_id = o.id)
FROM controlhub_organization o WHERE o.id = ANY(%(organizations)s::uuid[])
"""
FORGET_OLD_REQUESTS = """
WITH old AS (SELECT r.organization_id, r.id FROM controlhub_scimrequest r
    WHERE r.organization_id = %(organization)s AND r.id < %(before)s ORDER BY r.id LIMIT %(most)s)
DELETE FROM controlhub_scimrequest r USING old WHERE r.organization_id = old.organization_id AND r.id = old.id
"""
# For each organization, the newest hour at which its log, counted back from now, exceeds a limit; NULL if none does.
OVERFULL = """
SELECT organization_id, max(hour) FILTER (WHERE held_rows > %(rows)s OR held_size > %(size)s)
FROM (SELECT organization_id, hour, sum(rows) OVER newest AS held_rows, sum(size) OVER newest AS held_size
    FROM controlhub_requesthour
    WINDOW newest AS (PARTITION BY organization_id ORDER BY hour DESC RANGE UNBOUNDED PRECEDING)) AS h
GROUP BY organization_id
"""
EMPTY_HOURS = """
UPDATE controlhub_requesthour SET rows = 0, size = 0
WHERE organization_id = %(organization)s AND hour < %(before)s AND rows > 0
"""
# A batch may arrive after the user was permanently deleted: this clears entries of deleted users and groups.
FORGET_DELETED = """
UPDATE controlhub_scimrequest r SET body = '', answer = ''
WHERE r.resource_id = ANY(%(resources)s) AND (r.body <> '' OR r.answer <> '')
    AND NOT EXISTS (SELECT FROM controlhub_user u WHERE u.id = r.resource_id)
    AND NOT EXISTS (SELECT FROM controlhub_group g WHERE g.id = r.resource_id)
"""
