-- The same, of a user who has had a token or a session

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
        FROM controlhub_rowcount WHERE organization_id = :'organization' AND kind = 'controlhub_user'))
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
), tokens AS (
    DELETE FROM controlhub_accesstoken t USING changed
    WHERE t.user_id = changed.id RETURNING t.revoked_at IS NULL AS was_live
), sessions AS (
    DELETE FROM controlhub_session s USING changed, controlhub_account a
    WHERE a.user_id = changed.id AND s.account_id = a.id RETURNING 1
), invitations AS (
    DELETE FROM controlhub_invitation i USING changed WHERE i.user_id = changed.id RETURNING 1
), claims AS (DELETE FROM controlhub_uniquevalue v USING changed WHERE v.resource_id = changed.id), left_groups AS (
    DELETE FROM controlhub_membership m USING changed WHERE m.user_id = changed.id RETURNING m.group_id
), counted AS (
    UPDATE controlhub_group g SET member_count = member_count - 1, version = version + 1, modified_at = now()
    FROM left_groups WHERE g.id = left_groups.group_id
), trace AS (
    INSERT INTO controlhub_purgeduser (id, organization_id, created_at, inactive_since, purged_at, cause,
        tokens_revoked, sessions_ended, groups_left, removed_before)
    SELECT id, organization_id, created_at, deactivated_at, STATEMENT_TIMESTAMP(), :'cause',
        (SELECT count(*) FROM tokens WHERE was_live), (SELECT count(*) FROM sessions), (SELECT count(*) FROM left_groups),
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
        :'target_type', :'target_id', :'facts'::jsonb, :'commitments', :'mac', jsonb_build_object(
            'tokens', (SELECT count(*) FROM tokens WHERE was_live), 'sessions', (SELECT count(*) FROM sessions),
            'invitations', (SELECT count(*) FROM invitations))
    FROM changed
)
SELECT id FROM changed;
