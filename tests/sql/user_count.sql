-- GET /Users?count=0

SELECT r.*, p.holds FROM (SELECT EXISTS (SELECT 1 FROM controlhub_accesstoken t JOIN controlhub_organization o ON o.id = t.organization_id WHERE t.id = %s AND t.expires_at > now() AND t.xmin = %s::xid AND t.ctid = %s::tid AND o.xmin = %s::xid AND o.ctid = %s::tid)) AS p(holds) LEFT JOIN (SELECT (SELECT COALESCE(sum(rows), 0)::bigint FROM controlhub_rowcount WHERE organization_id = %s AND kind = %s)) AS r ON TRUE;
