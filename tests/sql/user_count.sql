-- GET /Users?count=0

SELECT r.*, p.holds
FROM (SELECT EXISTS (SELECT 1 FROM controlhub_accesstoken t
    JOIN controlhub_organization o ON o.id = t.organization_id
    WHERE t.id = :'token' AND t.expires_at > now()
    AND t.xmin = :'token_xmin'::xid AND t.ctid = :'token_ctid'::tid
    AND o.xmin = :'organization_xmin'::xid AND o.ctid = :'organization_ctid'::tid)) AS p(holds)
LEFT JOIN (SELECT (SELECT COALESCE(sum(rows), 0)::bigint FROM controlhub_rowcount
    WHERE organization_id = :'organization' AND kind = :'kind')
) AS r ON TRUE;
