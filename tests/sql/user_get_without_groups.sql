-- GET /Users/{alice}?excludedAttributes=groups

SELECT r.*, p.holds
FROM (SELECT EXISTS (SELECT 1 FROM controlhub_accesstoken t
    JOIN controlhub_organization o ON o.id = t.organization_id
    WHERE t.id = :'token' AND t.expires_at > now()
    AND t.xmin = :'token_xmin'::xid AND t.ctid = :'token_ctid'::tid
    AND o.xmin = :'organization_xmin'::xid AND o.ctid = :'organization_ctid'::tid)) AS p(holds)
LEFT JOIN (
SELECT id::text, document::text, version || COALESCE('-' || to_hex(hashtextextended(related, 0)), ''), moments, related
FROM (
    SELECT id, document, version, moments, (
        SELECT '[' || string_agg('{"value":"' || g.id || '","display":' || to_json(g.display_name)::text
            || ',"type":"' || 'direct' || '","$ref":"' || :'groups_url' || g.id || '"}', ',' ORDER BY m.group_id) || ']'
        FROM controlhub_membership m JOIN controlhub_group g ON g.id = m.group_id
        WHERE m.user_id = controlhub_user.id) AS related
    FROM controlhub_user
    WHERE organization_id = :'organization' AND id = :'id' AND NOT hidden
    OFFSET 0
) AS row
) AS r ON TRUE;
