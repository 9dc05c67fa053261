-- PATCH /Groups/{crew}: remove one member

SELECT id, organization_id, document, display_name, display_name_key, external_id, member_count, ordinal, version,
    created_at, modified_at,
    STATEMENT_TIMESTAMP(),
    (SELECT ARRAY[related, '']
    FROM (SELECT (NULL)::text AS related OFFSET 0) AS r),
    EXISTS (SELECT 1 FROM controlhub_accesstoken t
    JOIN controlhub_organization o ON o.id = t.organization_id
    WHERE t.id = :'token' AND t.expires_at > now()
    AND t.xmin = :'token_xmin'::xid AND t.ctid = :'token_ctid'::tid
    AND o.xmin = :'organization_xmin'::xid AND o.ctid = :'organization_ctid'::tid)
FROM controlhub_group
WHERE organization_id = :'organization' AND id = :'id';

WITH held AS (
    SELECT id, organization_id FROM controlhub_group WHERE id = :'group' FOR NO KEY UPDATE
), moved AS (
    DELETE FROM controlhub_membership m USING held WHERE m.group_id = held.id AND m.user_id = :'user'
    RETURNING m.group_id
), changed AS (
    UPDATE controlhub_group g SET member_count = member_count - 1, version = version + 1,
        modified_at = greatest(modified_at, STATEMENT_TIMESTAMP())
    FROM moved WHERE g.id = moved.group_id
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
