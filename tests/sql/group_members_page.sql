-- GET /Groups/{crew}/Members?startIndex=1&count=100

SELECT r.*, p.holds
FROM (SELECT EXISTS (SELECT 1 FROM controlhub_accesstoken t
    JOIN controlhub_organization o ON o.id = t.organization_id
    WHERE t.id = :'token' AND t.expires_at > now()
    AND t.xmin = :'token_xmin'::xid AND t.ctid = :'token_ctid'::tid
    AND o.xmin = :'organization_xmin'::xid AND o.ctid = :'organization_ctid'::tid)) AS p(holds)
LEFT JOIN (
WITH page AS MATERIALIZED (
    SELECT *, :'offset'::bigint AS skipped, :'offset' > users / 2 AS is_near_end,
        greatest(0, least(:'count'::bigint, users - :'offset')) AS size
    FROM (
        SELECT display_name, CASE WHEN :'users' THEN member_count - children ELSE 0 END AS users,
            CASE WHEN :'groups' THEN children ELSE 0 END AS groups
        FROM controlhub_group g CROSS JOIN LATERAL (SELECT count(*) AS children FROM controlhub_membership m
            WHERE m.group_id = g.id AND m.child_id IS NOT NULL) AS c
        WHERE organization_id = :'organization' AND id = :'group'
    ) AS total
), found AS (
    (SELECT 'user' AS type, user_id AS id FROM controlhub_membership
        WHERE group_id = :'group' AND user_id IS NOT NULL ORDER BY user_id
        LIMIT (SELECT CASE WHEN is_near_end THEN 0 ELSE size END FROM page) OFFSET (SELECT skipped FROM page))
    UNION ALL
    (SELECT 'user', user_id FROM controlhub_membership
        WHERE group_id = :'group' AND user_id IS NOT NULL ORDER BY user_id DESC
        LIMIT (SELECT CASE WHEN is_near_end THEN size ELSE 0 END FROM page)
        OFFSET (SELECT greatest(0, users - skipped - size) FROM page))
    UNION ALL
    (SELECT 'group', child_id FROM controlhub_membership
        WHERE group_id = :'group' AND child_id IS NOT NULL ORDER BY child_id
        LIMIT (SELECT least(:'count' - size, groups) FROM page) OFFSET (SELECT greatest(0, skipped - users) FROM page))
)
SELECT group_name, total, id, type, display FROM (
    SELECT *, sum(:'element' + octet_length(display)) OVER nearer AS bytes, row_number() OVER nearer AS n FROM (
        SELECT page.display_name AS group_name, users + groups AS total, found.id, type,
            COALESCE(NULLIF(u.display_name, ''), u.user_name, c.display_name) AS display
        FROM page LEFT JOIN found ON TRUE
        LEFT JOIN controlhub_user u ON type = 'user' AND u.id = found.id
        LEFT JOIN controlhub_group c ON type = 'group' AND c.id = found.id
    ) AS named WINDOW nearer AS (ORDER BY type DESC, id ROWS UNBOUNDED PRECEDING)
) AS weighed WHERE bytes <= :'room' OR n = 1 ORDER BY n

) AS r ON TRUE;
