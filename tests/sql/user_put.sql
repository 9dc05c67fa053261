-- PUT /Users/{alice}

SELECT id, organization_id, document, user_name, user_name_key, external_id, emails, display_name, given_name,
    family_name, active, portal_role, connection_id, ordinal, version, created_at, modified_at,
    deactivated_at, original_user_name, hold_reason, reviewed, hidden, access_version, moments, document_size,
    STATEMENT_TIMESTAMP(),
    (SELECT ARRAY[related, COALESCE('-' || to_hex(hashtextextended(related, 0)), '')]
    FROM (SELECT ((
        SELECT '[' || string_agg('{"value":"' || g.id || '","display":' || to_json(g.display_name)::text
            || ',"type":"' || 'direct' || '","$ref":"' || :'groups_url' || g.id || '"}', ',' ORDER BY m.group_id) || ']'
        FROM controlhub_membership m JOIN controlhub_group g ON g.id = m.group_id
        WHERE m.user_id = controlhub_user.id))::text AS related OFFSET 0) AS r),
    EXISTS (SELECT 1 FROM controlhub_accesstoken t
    JOIN controlhub_organization o ON o.id = t.organization_id
    WHERE t.id = :'token' AND t.expires_at > now()
    AND t.xmin = :'token_xmin'::xid AND t.ctid = :'token_ctid'::tid
    AND o.xmin = :'organization_xmin'::xid AND o.ctid = :'organization_ctid'::tid)
FROM controlhub_user
WHERE organization_id = :'organization' AND id = :'id';

WITH changed AS (
    UPDATE controlhub_user SET document = :'document', document_size = :'document_size',
        version = version + 1, modified_at = :'modified_at', moments = :'moments',
        user_name = :'user_name', user_name_key = :'user_name_key', external_id = :'external_id',
        emails = :'emails', numbers = COALESCE(:'numbers', numbers),
        display_name = :'display_name', given_name = :'given_name',
        family_name = :'family_name', original_user_name = :'original_user_name', connection_id = :'connection'
    WHERE id = :'id' AND version = :'version'
    RETURNING id
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
SELECT id FROM changed;
