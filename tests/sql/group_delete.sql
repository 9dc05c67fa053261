-- DELETE /Groups/{crew}

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
WHERE organization_id = :'organization' AND id = :'id'
FOR UPDATE OF controlhub_group;

SELECT "controlhub_rolemapping"."group_id", "controlhub_rolemapping"."role", "controlhub_rolemapping"."created_at", "controlhub_rolemapping"."created_by" FROM "controlhub_rolemapping" WHERE "controlhub_rolemapping"."group_id" = %s ORDER BY "controlhub_rolemapping"."group_id" ASC LIMIT 1;

DELETE FROM "controlhub_uniquevalue" WHERE ("controlhub_uniquevalue"."organization_id" = %s AND "controlhub_uniquevalue"."resource_id" = %s);

WITH held AS (
    SELECT g.id FROM controlhub_membership m JOIN controlhub_group g ON g.id = m.group_id
    WHERE m.child_id = :'group' ORDER BY g.id FOR NO KEY UPDATE OF g
), emptied AS (
    DELETE FROM controlhub_membership WHERE group_id = :'group'
), gone AS (
    DELETE FROM controlhub_membership m USING held WHERE m.group_id = held.id AND m.child_id = :'group'
    RETURNING m.group_id
), counted AS (
    UPDATE controlhub_group g SET member_count = member_count - 1, version = version + 1, modified_at = now()
    FROM gone WHERE g.id = gone.group_id
)
SELECT group_id FROM gone;

WITH changed AS (
    DELETE FROM controlhub_group WHERE id = :'id' AND version = :'version' RETURNING id
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
