-- GET /Users?filter=name.familyName eq "Jensen"

SELECT r.*, p.holds
FROM (SELECT EXISTS (SELECT 1 FROM controlhub_accesstoken t
    JOIN controlhub_organization o ON o.id = t.organization_id
    WHERE t.id = :'token' AND t.expires_at > now()
    AND t.xmin = :'token_xmin'::xid AND t.ctid = :'token_ctid'::tid
    AND o.xmin = :'organization_xmin'::xid AND o.ctid = :'organization_ctid'::tid)) AS p(holds)
LEFT JOIN (
SELECT ordinal,
    CASE WHEN bytes <= 524288 THEN ('{"id":"' || id || E'",\x01') || document
        || (E'\x01' || COALESCE(',"groups":' || related, '')
        || ',"meta":{"resourceType":"' || :'type_name' || '",' || moments || ',"location":"' || :'location' || id
        || '","version":"W/\"' || version || COALESCE('-' || to_hex(hashtextextended(related, 0)), '') || '\""}}') END,
    bytes
FROM (
    SELECT *, CASE WHEN bytes <= 524288 THEN (
        SELECT '[' || string_agg('{"value":"' || g.id || '","display":' || to_json(g.display_name)::text
            || ',"type":"' || 'direct' || '","$ref":"' || :'groups_url' || g.id || '"}', ',' ORDER BY m.group_id) || ']'
        FROM controlhub_membership m JOIN controlhub_group g ON g.id = m.group_id
        WHERE m.user_id = controlhub_user.id) END AS related
    FROM (
        SELECT id, document, version, moments, ordinal, document_size + 400 AS bytes
        FROM controlhub_user
        WHERE organization_id = :'organization' AND NOT hidden AND ((CASE WHEN controlhub_user.family_name = '' THEN '1' ELSE '0' || left(controlhub_fold(controlhub_user.family_name), 256) END COLLATE "C") = :'value_1')
        OFFSET 0
    ) AS controlhub_user
    ORDER BY ordinal
    LIMIT :'limit'
) AS page
) AS r ON TRUE;
