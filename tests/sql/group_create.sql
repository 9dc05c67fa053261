-- POST /Groups

WITH changed AS (
    INSERT INTO controlhub_group (id, organization_id, document, display_name, display_name_key, external_id,
        connection_id, member_count, version)
    SELECT :'id', :'organization', :'document', :'display_name', :'display_name_key', :'external_id',
        :'connection'::uuid, 0, 1
    WHERE :'token'::uuid IS NULL OR EXISTS (SELECT 1 FROM controlhub_accesstoken t
    JOIN controlhub_organization o ON o.id = t.organization_id
    WHERE t.id = :'token' AND t.expires_at > now()
    AND t.xmin = :'token_xmin'::xid AND t.ctid = :'token_ctid'::tid
    AND o.xmin = :'organization_xmin'::xid AND o.ctid = :'organization_ctid'::tid)
    RETURNING created_at, modified_at
), event AS (
    INSERT INTO audit_auditevent (id, organization_id, service, category, action, activity, result, reason,
        actor_kind, actor_id, actor_label, actor_address, user_agent, request_id,
        target_type, target_id, target_label, version, changes, details)
    SELECT :'event_id', :'organization', :'service', :'category', :'action', :'activity', :'result',
        :'reason', :'actor_kind', :'actor_id', :'actor_label', :'actor_address'::inet, :'user_agent',
        :'request_id',
        :'target_type', :'target_id', :'target_label', :'event_version', :'changes'::jsonb, :'details'::jsonb
    FROM changed
)
SELECT created_at, modified_at FROM changed;
