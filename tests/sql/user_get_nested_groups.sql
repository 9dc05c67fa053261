-- GET /Users/{alice} where groups are nested

SELECT r.*, p.holds
FROM (SELECT EXISTS (SELECT 1 FROM controlhub_accesstoken t
    JOIN controlhub_organization o ON o.id = t.organization_id
    WHERE t.id = :'token' AND t.expires_at > now()
    AND t.xmin = :'token_xmin'::xid AND t.ctid = :'token_ctid'::tid
    AND o.xmin = :'organization_xmin'::xid AND o.ctid = :'organization_ctid'::tid)) AS p(holds)
LEFT JOIN (
SELECT id::text, document::text, version || COALESCE('-' || to_hex(hashtextextended(related, 0)), ''), moments, related
FROM (
    SELECT id, document, version, moments, (WITH RECURSIVE up(id, type) AS (
        SELECT m.group_id, 'direct' FROM controlhub_membership m WHERE m.user_id = controlhub_user.id
        UNION SELECT m.group_id, 'indirect' FROM up JOIN controlhub_membership m ON m.child_id = up.id)
        SELECT '[' || string_agg('{"value":"' || g.id || '","display":' || to_json(g.display_name)::text
            || ',"type":"' || up.type || '","$ref":"' || :'groups_url' || g.id || '"}', ',' ORDER BY g.id) || ']'
        FROM (SELECT id, min(type) AS type FROM up GROUP BY id) AS up JOIN controlhub_group g ON g.id = up.id) AS related
    FROM controlhub_user
    WHERE organization_id = :'organization' AND id = :'id' AND NOT hidden
    OFFSET 0
) AS row
) AS r ON TRUE;
