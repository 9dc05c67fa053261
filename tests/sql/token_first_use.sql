-- GET /Users?count=0 with a token that is used for the first time

SELECT t.id, t.name, t.scopes, t.user_id, t.connection_id, COALESCE(u.portal_role, ''),
    t.xmin::text, t.ctid::text, o.xmin::text, o.ctid::text,
    t.last_used_at IS NULL OR t.last_used_at < now() - interval '1 minute', t.is_paused,
    o.id, o.name, o.created_at, o.retention_days, o.purge_deactivated, o.scim_delete, o.purge_share, o.purge_floor, o.erase_after_days, o.audit_retention_days, o.audit_hold, o.hold_reason, o.revive_on_create, o.refused_tolerances, o.unique_group_names, o.require_second_factor, o.session_hours, o.session_idle_minutes, o.allowed_networks, o.nests_groups, o.catalogue_version, o.secret_attributes
FROM controlhub_accesstoken t JOIN controlhub_organization o ON o.id = t.organization_id
LEFT JOIN controlhub_user u ON u.id = t.user_id
WHERE t.digest = :'digest' AND t.revoked_at IS NULL AND t.expires_at > now() AND (t.user_id IS NULL OR u.active);

UPDATE controlhub_accesstoken SET last_used_at = now(), last_used_address = :'address', last_used_agent = :'agent'
WHERE id IN (SELECT id FROM controlhub_accesstoken WHERE id = :'id' FOR NO KEY UPDATE SKIP LOCKED);

SELECT (SELECT COALESCE(sum(rows), 0)::bigint FROM controlhub_rowcount
    WHERE organization_id = :'organization' AND kind = :'kind');
