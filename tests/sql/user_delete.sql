-- DELETE /Users/{alice}

SELECT id, organization_id, document, user_name, user_name_key, external_id, emails, display_name, given_name,
    family_name, active, portal_role, connection_id, ordinal, version, created_at, modified_at,
    deactivated_at, original_user_name, hold_reason, reviewed, hidden, access_version, moments, document_size,
    STATEMENT_TIMESTAMP(),
    (SELECT ARRAY[related, COALESCE('-' || to_hex(hashtextextended(related, 0)), '')]
    FROM (SELECT (NULL)::text AS related OFFSET 0) AS r),
    EXISTS (SELECT 1 FROM controlhub_accesstoken t
    JOIN controlhub_organization o ON o.id = t.organization_id
    WHERE t.id = :'token' AND t.expires_at > now()
    AND t.xmin = :'token_xmin'::xid AND t.ctid = :'token_ctid'::tid
    AND o.xmin = :'organization_xmin'::xid AND o.ctid = :'organization_ctid'::tid)
FROM controlhub_user
WHERE organization_id = :'organization' AND id = :'id';

WITH held AS (
    SELECT g.id FROM controlhub_membership m JOIN controlhub_group g ON g.id = m.group_id
    WHERE m.user_id = :'id' ORDER BY g.id FOR NO KEY UPDATE OF g
), changed AS (
    DELETE FROM controlhub_user WHERE id = :'id' AND version = :'version' AND (SELECT count(*) FROM held) >= 0
    AND NOT EXISTS (SELECT FROM controlhub_organization o WHERE o.id = :'organization' AND o.hold_reason <> '')
    AND (NOT :'needs_room' OR (
        SELECT 10 + sum(removed)
            - COALESCE((SELECT removed_before FROM controlhub_purgeduser
            WHERE organization_id = :'organization' AND purged_at > now() - :'window'::interval ORDER BY purged_at LIMIT 1), sum(removed))
            < greatest(:'floor', least(:'most', COALESCE(sum(rows), 0)::bigint * :'share' / 100))
        FROM controlhub_rowcount WHERE organization_id = :'organization' AND kind = 'controlhub_user')) AND access_version = 0
    RETURNING id, organization_id, created_at, deactivated_at
), requests AS (
    UPDATE controlhub_scimrequest r SET body = '', answer = '' FROM changed WHERE r.resource_id = changed.id
), errors AS (
    DELETE FROM controlhub_provisioningerror e USING changed WHERE e.resource_id = changed.id
), accounts AS (
    DELETE FROM controlhub_account a USING changed WHERE a.user_id = changed.id
), remarks AS (
    DELETE FROM controlhub_userremark r USING changed WHERE r.user_id = changed.id
), views AS (
    DELETE FROM controlhub_savedview v USING changed WHERE v.owner_id = changed.id AND NOT v.is_shared
), claims AS (DELETE FROM controlhub_uniquevalue v USING changed WHERE v.resource_id = changed.id), left_groups AS (
    DELETE FROM controlhub_membership m USING changed WHERE m.user_id = changed.id RETURNING m.group_id
), counted AS (
    UPDATE controlhub_group g SET member_count = member_count - 1, version = version + 1, modified_at = now()
    FROM left_groups WHERE g.id = left_groups.group_id
), trace AS (
    INSERT INTO controlhub_purgeduser (id, organization_id, created_at, inactive_since, purged_at, cause,
        tokens_revoked, sessions_ended, groups_left, removed_before)
    SELECT id, organization_id, created_at, deactivated_at, STATEMENT_TIMESTAMP(), :'cause',
        0, 0, (SELECT count(*) FROM left_groups),
        (SELECT COALESCE(sum(removed), 0) FROM controlhub_rowcount
            WHERE organization_id = :'organization' AND kind = 'controlhub_user')
    FROM changed
), personal AS (
    INSERT INTO audit_personal (event_id, organization_id, parts)
    SELECT :'event_id', :'organization', :'parts'::jsonb FROM changed
), event AS (
    INSERT INTO audit_auditevent (id, organization_id, version, service, category, action, activity, result,
        actor_kind, actor_id, actor_user_id, actor_role, connection_id, request_id, parent_id,
        target_type, target_id, facts, commitments, mac, revoked)
    SELECT :'event_id', :'organization', :'event_version', :'service', :'category', :'action', :'activity',
        :'result', :'actor_kind', :'actor_id', :'actor_user_id'::uuid, :'actor_role', :'connection_id'::uuid,
        :'request_id', :'parent_id'::uuid,
        :'target_type', :'target_id', :'facts'::jsonb, :'commitments', :'mac', '{"tokens": 0, "sessions": 0, "invitations": 0}'
    FROM changed
)
SELECT id FROM changed;
