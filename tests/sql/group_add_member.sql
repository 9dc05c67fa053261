-- PATCH /Groups/{pilots}: add one member

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
    INSERT INTO controlhub_membership (group_id, user_id, created_at)
    SELECT held.id, u.id, STATEMENT_TIMESTAMP() FROM held JOIN controlhub_user u USING (organization_id)
    WHERE u.id = :'user' AND NOT u.hidden
    ON CONFLICT DO NOTHING RETURNING group_id
), changed AS (
    UPDATE controlhub_group g SET member_count = member_count + 1, version = version + 1,
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
