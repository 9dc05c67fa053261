-- GET /Groups?filter=members.value eq "{alice}"

SELECT r.*, p.holds
FROM (SELECT EXISTS (SELECT 1 FROM controlhub_accesstoken t
    JOIN controlhub_organization o ON o.id = t.organization_id
    WHERE t.id = :'token' AND t.expires_at > now()
    AND t.xmin = :'token_xmin'::xid AND t.ctid = :'token_ctid'::tid
    AND o.xmin = :'organization_xmin'::xid AND o.ctid = :'organization_ctid'::tid)) AS p(holds)
LEFT JOIN (
WITH page AS MATERIALIZED (
    SELECT *, row_number() OVER () AS n, count(*) OVER () AS size FROM (
        SELECT id, document, version, moments, ordinal, document_size + 400 + LEAST(member_count, 100000) * 178 AS bytes, (NULL)::text AS sort_value
        FROM controlhub_group
        WHERE organization_id = :'organization' AND ordinal = ANY(ARRAY(
            SELECT ordinal FROM controlhub_group
            WHERE organization_id = :'organization' AND (EXISTS (SELECT 1 FROM controlhub_membership m WHERE m.group_id = controlhub_group.id
        AND (m.user_id = :'value_1'::uuid OR m.child_id = :'value_1'::uuid)))
            LIMIT 10001))
        ORDER BY controlhub_group.ordinal ASC
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
        || (E'\x01' || COALESCE(',"members":' || related, '')
        || ',"meta":{"resourceType":"' || :'type_name' || '",' || moments || ',"location":"' || :'location' || id
        || '","version":"W/\"' || version || '' || '\""}}'), ',' ORDER BY n ASC) FILTER (WHERE n <= :'limit') AS text,
        min(sort_value) FILTER (WHERE n = 1) AS first,
        min(ordinal) FILTER (WHERE n = 1) AS first_ordinal,
        min(sort_value) FILTER (WHERE n = LEAST(size, :'limit')) AS last,
        min(ordinal) FILTER (WHERE n = LEAST(size, :'limit')) AS last_ordinal
    FROM (
        SELECT *, CASE WHEN (SELECT sum(bytes) FROM page WHERE n <= :'limit') <= :'room' THEN (
        SELECT '[' || string_agg('{"value":"' || COALESCE(m.user_id, m.child_id) || CASE WHEN m.user_id IS NULL
            THEN '","type":"Group","$ref":"' || :'base_url' || '/Groups/' || m.child_id
            ELSE '","type":"User","$ref":"' || :'base_url' || '/Users/' || m.user_id END || '"}', ',') || ']'
        FROM controlhub_membership m WHERE m.group_id = controlhub_group.id) END AS related
        FROM page AS controlhub_group OFFSET 0) AS page
    WHERE (SELECT sum(bytes) FROM page WHERE n <= :'limit') <= :'room'
) AS page
) AS r ON TRUE;
