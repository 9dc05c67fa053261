"""One page of the members of a group: users by id, then groups."""

# One statement, so a concurrent join cannot shift the page. The ids are found in the index alone, from the nearer
# end; only names that are sent are read. Groups have few members that are groups.
MEMBERS_PAGE = """
WITH page AS MATERIALIZED (
    SELECT *, %(offset)s::bigint AS skipped, %(offset)s > users / 2 AS is_near_end,
        greatest(0, least(%(count)s::bigint, users - %(offset)s)) AS size
    FROM (
        SELECT display_name, CASE WHEN %(users)s THEN member_count - children ELSE 0 END AS users,
            CASE WHEN %(groups)s THEN children ELSE 0 END AS groups
        FROM controlhub_group g CROSS JOIN LATERAL (SELECT count(*) AS children FROM controlhub_membership m
            WHERE m.group_id = g.id AND m.child_id IS NOT NULL) AS c
        WHERE organization_id = %(organization)s AND id = %(group)s
    ) AS total
), found AS (
    (SELECT 'user' AS type, user_id AS id FROM controlhub_membership
        WHERE group_id = %(group)s AND user_id IS NOT NULL ORDER BY user_id
        LIMIT (SELECT CASE WHEN is_near_end THEN 0 ELSE size END FROM page) OFFSET (SELECT skipped FROM page))
    UNION ALL
    (SELECT 'user', user_id FROM controlhub_membership
        WHERE group_id = %(group)s AND user_id IS NOT NULL ORDER BY user_id DESC
        LIMIT (SELECT CASE WHEN is_near_end THEN size ELSE 0 END FROM page)
        OFFSET (SELECT greatest(0, users - skipped - size) FROM page))
    UNION ALL
    (SELECT 'group', child_id FROM controlhub_membership
        WHERE group_id = %(group)s AND child_id IS NOT NULL ORDER BY child_id
        LIMIT (SELECT least(%(count)s - size, groups) FROM page) OFFSET (SELECT greatest(0, skipped - users) FROM page))
)
SELECT group_name, total, id, type, display FROM (
    SELECT *, sum(%(element)s + octet_length(display)) OVER nearer AS bytes, row_number() OVER nearer AS n FROM (
        SELECT page.display_name AS group_name, users + groups AS total, found.id, type,
            COALESCE(NULLIF(u.display_name, ''), u.user_name, c.display_name) AS display
        FROM page LEFT JOIN found ON TRUE
        LEFT JOIN controlhub_user u ON type = 'user' AND u.id = found.id
        LEFT JOIN controlhub_group c ON type = 'group' AND c.id = found.id
    ) AS named WINDOW nearer AS (ORDER BY type DESC, id ROWS UNBOUNDED PRECEDING)
) AS weighed WHERE bytes <= %(room)s OR n = 1 ORDER BY n
"""
