-- GET /Groups/{crew}?excludedAttributes=members

SELECT r.*, p.holds
FROM (SELECT EXISTS (SELECT 1 FROM controlhub_accesstoken t
    JOIN controlhub_organization o ON o.id = t.organization_id
    WHERE t.id = :'token' AND t.expires_at > now()
    AND t.xmin = :'token_xmin'::xid AND t.ctid = :'token_ctid'::tid
    AND o.xmin = :'organization_xmin'::xid AND o.ctid = :'organization_ctid'::tid)) AS p(holds)
LEFT JOIN (
SELECT id::text, document::text, version || '', moments, related
FROM (
    SELECT id, document, version, moments, NULL AS related
    FROM controlhub_group
    WHERE organization_id = :'organization' AND id = :'id'
    OFFSET 0
) AS row
) AS r ON TRUE;
