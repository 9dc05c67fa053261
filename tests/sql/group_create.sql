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
), personal AS (
    INSERT INTO audit_personal (event_id, organization_id, parts)
    SELECT :'event_id', :'organization', :'parts'::jsonb FROM changed
), event AS (
    INSERT INTO audit_auditevent (id, organization_id, version, service, category, action, activity, result,
        actor_kind, actor_id, actor_user_id, actor_role, connection_id, request_id, parent_id,
        target_type, target_id, facts, commitments, mac)
    SELECT :'event_id', :'organization', :'event_version', :'service', :'category', :'action', :'activity',
        :'result', :'actor_kind', :'actor_id', :'actor_user_id'::uuid, :'actor_role', :'connection_id'::uuid,
        :'request_id', :'parent_id'::uuid,
        :'target_type', :'target_id', :'facts'::jsonb, :'commitments', :'mac'
    FROM changed
)
SELECT created_at, modified_at FROM changed;
