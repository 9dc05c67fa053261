-- GET /Users/{alice}?excludedAttributes=groups

SELECT r.*, p.holds FROM (SELECT EXISTS (SELECT 1 FROM controlhub_accesstoken t JOIN controlhub_organization o ON o.id = t.organization_id WHERE t.id = %s AND t.expires_at > now() AND t.xmin = %s::xid AND t.ctid = %s::tid AND o.xmin = %s::xid AND o.ctid = %s::tid)) AS p(holds) LEFT JOIN (SELECT id::text, document::text, (version || COALESCE('-' || to_hex(hashtextextended(beside, 0)), ''))::text, moments, beside FROM (SELECT id, document, version, moments, ordinal, (SELECT '[' || string_agg('{"value":"' || g.id || '","display":' || to_json(g.display_name)::text
|| ',"type":"' || 'direct' || '","$ref":"' || %s || g.id || '"}', ',' ORDER BY m.group_id) || ']' FROM controlhub_membership m
JOIN controlhub_group g ON g.id = m.group_id WHERE m.user_id = "controlhub_user".id) AS beside FROM "controlhub_user" WHERE ("controlhub_user".organization_id = %s) AND (NOT "controlhub_user".hidden) AND id = %s OFFSET 0) AS row) AS r ON TRUE;
