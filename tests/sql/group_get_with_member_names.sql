-- GET /Groups/{crew}?attributes=displayName,members.display

SELECT r.*, p.holds FROM (SELECT EXISTS (SELECT 1 FROM controlhub_accesstoken t JOIN controlhub_organization o ON o.id = t.organization_id WHERE t.id = %s AND t.expires_at > now() AND t.xmin = %s::xid AND t.ctid = %s::tid AND o.xmin = %s::xid AND o.ctid = %s::tid)) AS p(holds) LEFT JOIN (SELECT id::text, document::text, (version || '')::text, moments, beside FROM (SELECT id, document, version, moments, ordinal, (SELECT '[' || string_agg('{"value":"' || COALESCE(m.user_id, m.child_id)
|| CASE WHEN m.user_id IS NULL THEN '","type":"Group","$ref":"' || %s || '/Groups/' || m.child_id
ELSE '","type":"User","$ref":"' || %s || '/Users/' || m.user_id END || '","display":' || to_json(COALESCE(NULLIF(u.display_name, ''), u.user_name, c.display_name))::text || '}', ',') || ']' FROM controlhub_membership m LEFT JOIN controlhub_user u ON u.id = m.user_id
LEFT JOIN controlhub_group c ON c.id = m.child_id WHERE m.group_id = "controlhub_group".id) AS beside FROM "controlhub_group" WHERE "controlhub_group".organization_id = %s AND id = %s OFFSET 0) AS row) AS r ON TRUE;
