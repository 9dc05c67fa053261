-- POST /Groups with two members

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

INSERT INTO controlhub_membership (group_id, user_id, created_at)
SELECT :'group', u.id, STATEMENT_TIMESTAMP() FROM controlhub_user u
WHERE u.organization_id = :'organization' AND u.id = ANY(:'ids') AND NOT u.hidden
ON CONFLICT DO NOTHING RETURNING user_id;

WITH changed AS (
    UPDATE controlhub_group SET member_count = member_count + :'change', version = version + 1,
        modified_at = greatest(modified_at, STATEMENT_TIMESTAMP())
    WHERE id = :'group'
    RETURNING member_count, version, modified_at
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
SELECT member_count, version, modified_at FROM changed;

SELECT id::text, document::text, version || '', moments, related
FROM (
    SELECT id, document, version, moments, (
        SELECT '[' || string_agg('{"value":"' || COALESCE(m.user_id, m.child_id) || CASE WHEN m.user_id IS NULL
            THEN '","type":"Group","$ref":"' || :'base_url' || '/Groups/' || m.child_id
            ELSE '","type":"User","$ref":"' || :'base_url' || '/Users/' || m.user_id END || '"}', ',') || ']'
        FROM controlhub_membership m WHERE m.group_id = controlhub_group.id) AS related
    FROM controlhub_group
    WHERE organization_id = :'organization' AND id = :'id'
    OFFSET 0
) AS row;
