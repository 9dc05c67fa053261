-- GET /Groups/{crew}?excludedAttributes=members

SELECT r.*, p.holds FROM (SELECT EXISTS (SELECT 1 FROM controlhub_accesstoken t JOIN controlhub_organization o ON o.id = t.organization_id WHERE t.id = %s AND t.expires_at > now() AND t.xmin = %s::xid AND t.ctid = %s::tid AND o.xmin = %s::xid AND o.ctid = %s::tid)) AS p(holds) LEFT JOIN (SELECT id::text, document::text, (version || '')::text, moments, beside FROM (SELECT id, document, version, moments, ordinal, NULL AS beside FROM "controlhub_group" WHERE "controlhub_group".organization_id = %s AND id = %s OFFSET 0) AS row) AS r ON TRUE;
