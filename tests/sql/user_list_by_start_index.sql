-- GET /Users?startIndex=2&count=100

WITH
known AS MATERIALIZED (
    SELECT :'offset'::bigint AS skipped, c.*,
        p.start_index, p.first, p.next_index, p.last, p.total, p.removed AS removed_then, p.noted_at
    FROM (SELECT COALESCE(sum(rows), 0)::bigint AS rows, COALESCE(sum(removed), 0)::bigint AS removed
        FROM controlhub_rowcount WHERE organization_id = :'organization' AND kind = :'kind') AS c
    LEFT JOIN controlhub_pageposition p ON p.token_id = :'walker' AND p.query = :'slot' AND p.digest = :'digest'
        AND p.noted_at > now() - interval '15 minutes'),
start AS MATERIALIZED (SELECT CASE
    WHEN next_index = skipped + 1 THEN last + 1
    WHEN start_index = skipped + 1 AND removed_then = removed THEN first
    ELSE (SELECT CASE
        WHEN skipped - before <= inside / 2 THEN
            (SELECT ordinal FROM controlhub_user
            WHERE organization_id = :'organization' AND NOT hidden AND ordinal >= bucket << 14
            ORDER BY ordinal LIMIT 1 OFFSET skipped - before)
        ELSE (SELECT ordinal FROM controlhub_user
            WHERE organization_id = :'organization' AND NOT hidden AND ordinal < (bucket + 1) << 14
            ORDER BY ordinal DESC LIMIT 1 OFFSET before + inside - skipped - 1)
        END FROM (
            SELECT bucket, sum(rows)::bigint AS inside,
                (sum(sum(rows)) OVER (ORDER BY bucket) - sum(rows))::bigint AS before
            FROM controlhub_rowcount WHERE organization_id = :'organization' AND kind = :'kind' GROUP BY bucket) AS b
        WHERE skipped < before + inside ORDER BY bucket LIMIT 1)
    END AS ordinal, rows AS total, removed FROM known),
page AS MATERIALIZED (
    SELECT id, document, version, moments, ordinal, document_size + 400 AS bytes
    FROM controlhub_user
    WHERE organization_id = :'organization' AND NOT hidden AND ordinal >= (SELECT ordinal FROM start)
    ORDER BY ordinal LIMIT 100),
sent AS (SELECT count(*) AS size, min(page.ordinal) AS first, max(page.ordinal) AS last,
    COALESCE(min(total), -1) AS total, min(removed) AS removed, sum(bytes) AS bytes
    FROM page, start),
noted AS (
INSERT INTO controlhub_pageposition AS p
    (token_id, query, digest, start_index, next_index, first, last, total, removed, noted_at)
SELECT :'walker', :'slot', :'digest', :'start_index', :'next_index', sent.first, sent.last, sent.total, sent.removed, now()
FROM sent, known
WHERE size = :'limit' AND bytes <= :'room' AND (noted_at > now() - interval '1 minute'
    AND (start_index, next_index, known.first, known.last, known.total, removed_then)
        = (skipped + 1, skipped + 1 + size, sent.first, sent.last, sent.total, sent.removed)) IS NOT TRUE
ON CONFLICT (token_id, query) DO UPDATE SET digest = excluded.digest, noted_at = excluded.noted_at,
    start_index = excluded.start_index, next_index = excluded.next_index, first = excluded.first, last = excluded.last,
    total = excluded.total, removed = excluded.removed)
SELECT r.*, p.holds
FROM (SELECT EXISTS (SELECT 1 FROM controlhub_accesstoken t
    JOIN controlhub_organization o ON o.id = t.organization_id
    WHERE t.id = :'token' AND t.expires_at > now()
    AND t.xmin = :'token_xmin'::xid AND t.ctid = :'token_ctid'::tid
    AND o.xmin = :'organization_xmin'::xid AND o.ctid = :'organization_ctid'::tid)) AS p(holds)
LEFT JOIN (
SELECT CASE count WHEN 0 THEN (SELECT count(*) FROM page) ELSE count END,
    CASE WHEN octet_length(text) <= :'room' THEN convert_to(text, 'UTF8') END,
    GREATEST((SELECT bytes FROM sent), octet_length(text)),
    first, last, total
FROM (
    SELECT count(*) AS count,
        string_agg(('{"id":"' || id || E'",\x01') || document
        || (E'\x01' || COALESCE(',"groups":' || related, '')
        || ',"meta":{"resourceType":"' || :'type_name' || '",' || moments || ',"location":"' || :'location' || id
        || '","version":"W/\"' || version || COALESCE('-' || to_hex(hashtextextended(related, 0)), '') || '\""}}'), ',' ORDER BY ordinal) AS text,
        min(ordinal) AS first, max(ordinal) AS last, (SELECT total FROM start) AS total
    FROM page LEFT JOIN (
        SELECT m.user_id, '[' || string_agg('{"value":"' || g.id || '","display":' || to_json(g.display_name)::text
            || ',"type":"' || 'direct' || '","$ref":"' || :'groups_url' || g.id || '"}', ',' ORDER BY m.group_id) || ']'
        FROM controlhub_membership m JOIN controlhub_group g ON g.id = m.group_id
        WHERE m.user_id = ANY(ARRAY(SELECT id FROM page)) GROUP BY m.user_id) AS r(id, related) USING (id)
    WHERE (SELECT bytes FROM sent) <= :'room'
) AS page
) AS r ON TRUE;
