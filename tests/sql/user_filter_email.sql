-- GET /Users?filter=emails[type eq "work" and value eq "alice@example.com"]

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
        WHERE organization_id IS NOT DISTINCT FROM :'organization' AND NOT hidden AND ((controlhub_user.emails @> ARRAY[:'value_3']::text[]) AND (EXISTS (SELECT 1 FROM (SELECT e FROM jsonb_array_elements(CASE jsonb_typeof((controlhub_user.document::jsonb -> 'emails')) WHEN 'array' THEN (controlhub_user.document::jsonb -> 'emails') WHEN 'object' THEN jsonb_build_array((controlhub_user.document::jsonb -> 'emails')) END) AS e) AS e(e) WHERE (controlhub_fold((e.e ->> 'type')) = :'value_1') AND (controlhub_fold((e.e ->> 'value')) = :'value_2'))))
        OFFSET 0
    ) AS controlhub_user
    ORDER BY ordinal
    LIMIT :'limit'
) AS page
) AS r ON TRUE;
