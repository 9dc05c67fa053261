-- GET /Users?filter=active eq false

SELECT r.*, p.holds
FROM (SELECT EXISTS (SELECT 1 FROM controlhub_accesstoken t
    JOIN controlhub_organization o ON o.id = t.organization_id
    WHERE t.id = :'token' AND t.expires_at > now()
    AND t.xmin = :'token_xmin'::xid AND t.ctid = :'token_ctid'::tid
    AND o.xmin = :'organization_xmin'::xid AND o.ctid = :'organization_ctid'::tid)) AS p(holds)
LEFT JOIN (
WITH page AS MATERIALIZED (
    SELECT *, row_number() OVER () AS n, count(*) OVER () AS size FROM (
        SELECT id, document, version, moments, ordinal, document_size + 400 AS bytes, (NULL)::text AS sort_value
        FROM controlhub_user
        WHERE organization_id = :'organization' AND NOT hidden AND ordinal = ANY(ARRAY(
            SELECT ordinal FROM controlhub_user
            WHERE organization_id = :'organization' AND NOT hidden AND (NOT controlhub_user.active)
            LIMIT 10001))
        ORDER BY controlhub_user.ordinal ASC
        LIMIT 101
    ) AS row
)
SELECT CASE count WHEN 0 THEN (SELECT count(*) FROM page) ELSE count END,
    CASE WHEN octet_length(text) <= :'room' THEN convert_to(text, 'UTF8') END,
    GREATEST((SELECT sum(bytes) FROM page WHERE n <= :'limit'), octet_length(text)),
    first, first_ordinal, last, last_ordinal
FROM (
    SELECT count(*) AS count,
        string_agg(('{"id":"' || id || E'",\x01') || document
        || (E'\x01' || COALESCE(',"groups":' || related, '')
        || ',"meta":{"resourceType":"' || :'type_name' || '",' || moments || ',"location":"' || :'location' || id
        || '","version":"W/\"' || version || COALESCE('-' || to_hex(hashtextextended(related, 0)), '') || '\""}}'), ',' ORDER BY n ASC) FILTER (WHERE n <= :'limit') AS text,
        min(sort_value) FILTER (WHERE n = 1) AS first,
        min(ordinal) FILTER (WHERE n = 1) AS first_ordinal,
        min(sort_value) FILTER (WHERE n = LEAST(size, :'limit')) AS last,
        min(ordinal) FILTER (WHERE n = LEAST(size, :'limit')) AS last_ordinal
    FROM page LEFT JOIN (
        SELECT m.user_id, '[' || string_agg('{"value":"' || g.id || '","display":' || to_json(g.display_name)::text
            || ',"type":"' || 'direct' || '","$ref":"' || :'groups_url' || g.id || '"}', ',' ORDER BY m.group_id) || ']'
        FROM controlhub_membership m JOIN controlhub_group g ON g.id = m.group_id
        WHERE m.user_id = ANY(ARRAY(SELECT id FROM page)) GROUP BY m.user_id) AS r(id, related) USING (id)
    WHERE (SELECT sum(bytes) FROM page WHERE n <= :'limit') <= :'room'
) AS page
) AS r ON TRUE;
