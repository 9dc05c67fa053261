-- GET /Groups?filter=displayName eq "Crew"

SELECT r.*, p.holds
FROM (SELECT EXISTS (SELECT 1 FROM controlhub_accesstoken t
    JOIN controlhub_organization o ON o.id = t.organization_id
    WHERE t.id = :'token' AND t.expires_at > now()
    AND t.xmin = :'token_xmin'::xid AND t.ctid = :'token_ctid'::tid
    AND o.xmin = :'organization_xmin'::xid AND o.ctid = :'organization_ctid'::tid)) AS p(holds)
LEFT JOIN (
SELECT ordinal,
    CASE WHEN bytes <= 524288 THEN ('{"id":"' || id || E'",\x01') || document
        || (E'\x01' || COALESCE(',"members":' || related, '')
        || ',"meta":{"resourceType":"' || :'type_name' || '",' || moments || ',"location":"' || :'location' || id
        || '","version":"W/\"' || version || '' || '\""}}') END,
    bytes
FROM (
    SELECT *, CASE WHEN bytes <= 524288 THEN (
        SELECT '[' || string_agg('{"value":"' || COALESCE(m.user_id, m.child_id) || CASE WHEN m.user_id IS NULL
            THEN '","type":"Group","$ref":"' || :'base_url' || '/Groups/' || m.child_id
            ELSE '","type":"User","$ref":"' || :'base_url' || '/Users/' || m.user_id END || '"}', ',') || ']'
        FROM controlhub_membership m WHERE m.group_id = controlhub_group.id) END AS related
    FROM (
        SELECT id, document, version, moments, ordinal, document_size + 400 + LEAST(member_count, 100000) * 178 AS bytes
        FROM controlhub_group
        WHERE organization_id = :'organization' AND (controlhub_group.display_name_key = :'value_1')
        OFFSET 0
    ) AS controlhub_group
    ORDER BY ordinal
    LIMIT :'limit'
) AS page
) AS r ON TRUE;
