-- POST /Users

WITH changed AS (
    INSERT INTO controlhub_user (id, organization_id, connection_id, source, source_label, version, portal_role,
        document, user_name, user_name_key, external_id, emails, numbers, display_name, given_name,
        family_name, active, document_size, deactivated_at, deactivated_by, deactivated_by_kind)
    SELECT :'id', :'organization', :'connection', :'source', :'actor_label', 1, '',
        :'document', :'user_name', :'user_name_key', :'external_id', :'emails', :'numbers', :'display_name',
        :'given_name', :'family_name', :'active', :'document_size',
        CASE WHEN :'active' THEN NULL ELSE STATEMENT_TIMESTAMP() END,
        CASE WHEN :'active' THEN '' ELSE :'actor_label' END, CASE WHEN :'active' THEN '' ELSE :'actor_kind' END
    WHERE (:'token'::uuid IS NULL OR EXISTS (SELECT 1 FROM controlhub_accesstoken t
    JOIN controlhub_organization o ON o.id = t.organization_id
    WHERE t.id = :'token' AND t.expires_at > now()
    AND t.xmin = :'token_xmin'::xid AND t.ctid = :'token_ctid'::tid
    AND o.xmin = :'organization_xmin'::xid AND o.ctid = :'organization_ctid'::tid))
    AND NOT (:'may_revive' AND EXISTS (SELECT FROM controlhub_user inactive
        WHERE inactive.organization_id = :'organization' AND inactive.connection_id = :'connection'
        AND inactive.external_id = :'external_id' AND NOT inactive.active AND inactive.original_user_name IS NULL))
    RETURNING created_at, modified_at, deactivated_at
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
SELECT created_at, modified_at, deactivated_at FROM changed;
