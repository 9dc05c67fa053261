-- POST /Bulk with two POST /Users

SELECT t.id, t.name, t.scopes, t.user_id, t.connection_id, COALESCE(u.portal_role, ''),
    t.xmin::text, t.ctid::text, o.xmin::text, o.ctid::text,
    t.last_used_at IS NULL OR t.last_used_at < now() - interval '1 minute', t.is_paused,
    o.id, o.name, o.created_at, o.retention_days, o.purge_deactivated, o.scim_delete, o.purge_share, o.purge_floor, o.erase_after_days, o.audit_retention_days, o.audit_hold, o.hold_reason, o.revive_on_create, o.refused_tolerances, o.unique_group_names, o.require_second_factor, o.session_hours, o.session_idle_minutes, o.allowed_networks, o.nests_groups, o.catalogue_version, o.secret_attributes
FROM controlhub_accesstoken t JOIN controlhub_organization o ON o.id = t.organization_id
LEFT JOIN controlhub_user u ON u.id = t.user_id
WHERE t.digest = :'digest' AND t.revoked_at IS NULL AND t.expires_at > now() AND (t.user_id IS NULL OR u.active);

WITH personal AS (
    INSERT INTO audit_personal (event_id, organization_id, parts)
    SELECT :'event_id', :'organization', :'parts'::jsonb
)
INSERT INTO audit_auditevent (id, organization_id, version, service, category, action, activity, result,
        actor_kind, actor_id, actor_user_id, actor_role, connection_id, request_id, parent_id,
        target_type, target_id, facts, commitments, mac)
VALUES (:'event_id', :'organization', :'event_version', :'service', :'category', :'action', :'activity',
        :'result', :'actor_kind', :'actor_id', :'actor_user_id'::uuid, :'actor_role', :'connection_id'::uuid,
        :'request_id', :'parent_id'::uuid,
        :'target_type', :'target_id', :'facts'::jsonb, :'commitments', :'mac');

WITH changed AS (
    INSERT INTO controlhub_user (id, organization_id, connection_id, source, source_label, version, portal_role,
        document, user_name, user_name_key, external_id, emails, numbers, display_name, given_name,
        family_name, active, document_size, deactivated_at, deactivated_by, deactivated_by_kind)
    SELECT id, :'organization', :'connection', :'source', :'actor_label', 1, '',
        document, user_name, user_name_key, external_id, emails, numbers, display_name, given_name,
        family_name, active, document_size, CASE WHEN active THEN NULL ELSE STATEMENT_TIMESTAMP() END,
        CASE WHEN active THEN '' ELSE :'actor_label' END, CASE WHEN active THEN '' ELSE :'actor_kind' END
    FROM json_populate_recordset(NULL::controlhub_user, :'users'::json)
    WHERE NOT (:'may_revive' AND EXISTS (SELECT FROM controlhub_user inactive
        WHERE inactive.organization_id = :'organization' AND inactive.connection_id = :'connection'
        AND inactive.external_id = ANY(:'external_ids'::text[]) AND NOT inactive.active
        AND inactive.original_user_name IS NULL))
    RETURNING id, created_at, modified_at, deactivated_at
), personal AS (
    INSERT INTO audit_personal (event_id, organization_id, parts)
    SELECT event_id, organization_id, parts FROM json_populate_recordset(NULL::audit_personal, :'events'::json)
    WHERE EXISTS (SELECT FROM changed)
), event AS (
    INSERT INTO audit_auditevent (id, organization_id, version, service, category, action, activity, result,
        actor_kind, actor_id, actor_user_id, actor_role, connection_id, request_id, parent_id,
        target_type, target_id, facts, commitments, mac)
    SELECT id, organization_id, version, service, category, action, activity, result,
        actor_kind, actor_id, actor_user_id, actor_role, connection_id, request_id, parent_id,
        target_type, target_id, facts, commitments, mac FROM json_populate_recordset(NULL::audit_auditevent, :'events'::json)
    WHERE EXISTS (SELECT FROM changed)
)
SELECT id, created_at, modified_at, deactivated_at FROM changed;
