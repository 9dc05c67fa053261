"""The directory's provisioning cycles: who runs one, what to check, and who is assigned (`directory.engine`)."""

from typing import NamedTuple

ADD_STATES = """
INSERT INTO directory_syncstate (application_id, organization_id, configured, checks_target, quarantine,
    quarantine_tries, quarantine_details, last_error, totals, cluster)
SELECT id, organization_id, 0, FALSE, '', 0, '{}', '{}', '{}', '' FROM directory_application
WHERE is_on AND NOT EXISTS (SELECT FROM directory_syncstate WHERE application_id = directory_application.id)
ON CONFLICT DO NOTHING
"""
CLAIM = """
UPDATE directory_syncstate
SET claim = gen_random_uuid(), claimed_until = STATEMENT_TIMESTAMP() + %(lease)s, turn_at = STATEMENT_TIMESTAMP()
WHERE application_id = (
    SELECT state.application_id FROM directory_syncstate AS state
    JOIN directory_application AS application ON application.id = state.application_id
    WHERE application.is_on AND application.tenant_url <> '' AND state.claimed_until <= STATEMENT_TIMESTAMP()
        AND state.try_at <= STATEMENT_TIMESTAMP() AND state.quarantine <> %(paused)s
        AND NOT state.application_id = ANY(%(busy)s::uuid[]) AND CASE
            WHEN EXISTS (SELECT FROM directory_cycle AS cycle
                WHERE cycle.application_id = state.application_id AND cycle.state = 'waiting') THEN FALSE
            WHEN EXISTS (SELECT FROM directory_cycle AS cycle
                WHERE cycle.application_id = state.application_id AND cycle.state = 'running') THEN TRUE
            ELSE state.next_at <= STATEMENT_TIMESTAMP() AND (application.is_automatic OR state.is_asked) END
    ORDER BY state.turn_at LIMIT 1 FOR UPDATE OF state SKIP LOCKED)
RETURNING application_id
"""
"""Claims the application that has waited longest and has work to do. No other worker can take it during the lease."""
CLAIM_ONE = """
UPDATE directory_syncstate
SET claim = gen_random_uuid(), claimed_until = STATEMENT_TIMESTAMP() + %(lease)s
WHERE application_id = %(application)s AND claimed_until <= STATEMENT_TIMESTAMP()
RETURNING application_id
"""
RENEW = """
UPDATE directory_syncstate SET claimed_until = STATEMENT_TIMESTAMP() + %(lease)s
WHERE application_id = %(application)s AND claim = %(claim)s
"""
RELEASE = """
UPDATE directory_syncstate SET claim = NULL, claimed_until = STATEMENT_TIMESTAMP()
WHERE application_id = %(application)s AND claim = %(claim)s
"""
POSITION = """
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
    (SELECT system_identifier::text FROM pg_control_system())
"""
"""The watermark of a snapshot taken now, and the cluster in which it is valid (decision 0103)."""

_BELOW = """WITH RECURSIVE below(id) AS (
    {start}
    UNION
    SELECT member.child_id FROM below JOIN directory_membership AS member ON member.group_id = below.id
    WHERE member.child_id IS NOT NULL AND %(nested)s)"""
_ENQUEUE = """
INSERT INTO directory_operation (application_id, kind, object_id, removes, is_late, is_begun, attempts, try_at, error)
SELECT %(application)s, found.kind, found.id, FALSE, FALSE, FALSE, 0, STATEMENT_TIMESTAMP(), '' FROM ({found}) AS found
ON CONFLICT (application_id, kind, object_id) DO UPDATE
    SET try_at = STATEMENT_TIMESTAMP(), attempts = 0, removes = FALSE, is_late = FALSE
"""
_LINKED = "SELECT kind, local_id AS id FROM directory_link WHERE application_id = %(application)s"
ENQUEUE_ALL = _ENQUEUE.replace(
    "{found}",
    f"""SELECT 'person' AS kind, id FROM directory_person
    WHERE organization_id = %(organization)s AND deleted_at IS NULL AND %(users)s
    UNION SELECT 'group', id FROM directory_group WHERE organization_id = %(organization)s AND %(groups)s
    UNION {_LINKED}""",
)
"""Everything in the directory, and linked objects, which may no longer exist."""
ENQUEUE_ASSIGNED = _BELOW.replace(
    "{start}",
    "SELECT group_id FROM directory_assignment WHERE application_id = %(application)s AND group_id IS NOT NULL",
) + _ENQUEUE.replace(
    "{found}",
    f"""SELECT 'person' AS kind, person_id AS id FROM directory_assignment
    WHERE application_id = %(application)s AND person_id IS NOT NULL AND %(users)s
    UNION SELECT 'person', member.person_id FROM below JOIN directory_membership AS member ON member.group_id = below.id
    WHERE member.person_id IS NOT NULL AND %(users)s
    UNION SELECT 'group', group_id FROM directory_assignment
    WHERE application_id = %(application)s AND group_id IS NOT NULL AND %(groups)s
    UNION {_LINKED}""",
)
"""People assigned directly or through a group, the assigned groups, and the linked objects."""
ENQUEUE_CHANGED = _BELOW.replace(
    "{start}",
    """SELECT object_id FROM directory_change
    WHERE organization_id = %(organization)s AND transaction_id >= %(watermark)s AND kind = 'members'""",
) + _ENQUEUE.replace(
    "{found}",
    """SELECT kind, object_id AS id FROM directory_change
    WHERE organization_id = %(organization)s AND transaction_id >= %(watermark)s AND kind <> 'members'
    UNION SELECT 'person', member.person_id FROM below JOIN directory_membership AS member ON member.group_id = below.id
    WHERE member.person_id IS NOT NULL""",
)
"""What transactions since the watermark have changed, and people who may have gained or lost an assignment by that."""
_IGNORE_QUEUED = _ENQUEUE.replace(
    "DO UPDATE\n    SET try_at = STATEMENT_TIMESTAMP(), attempts = 0, removes = FALSE, is_late = FALSE", "DO NOTHING"
)
ENQUEUE_RELATED = """WITH RECURSIVE above(id) AS (
    SELECT group_id FROM directory_membership WHERE person_id = ANY(%(people)s::uuid[])
    UNION
    SELECT member.group_id FROM above JOIN directory_membership AS member ON member.child_id = above.id
    WHERE %(nested)s)""" + _IGNORE_QUEUED.replace(
    "{found}",
    """SELECT 'group' AS kind, link.local_id AS id FROM above JOIN directory_link AS link
    ON link.application_id = %(application)s AND link.kind = 'group' AND link.local_id = above.id
    UNION SELECT 'person', person.id FROM directory_person AS person JOIN directory_link AS link
    ON link.application_id = %(application)s AND link.kind = 'person' AND link.local_id = person.id AND link.is_active
    WHERE person.manager_id = ANY(%(people)s::uuid[])""",
)
"""The linked groups and the reports of people whose link was created, removed, activated or deactivated."""

ENTITLED_PEOPLE = """WITH RECURSIVE above(person_id, group_id) AS (
    SELECT person_id, group_id FROM directory_membership WHERE person_id = ANY(%(ids)s::uuid[])
    UNION
    SELECT above.person_id, member.group_id FROM above
    JOIN directory_membership AS member ON member.child_id = above.group_id WHERE %(nested)s)
SELECT person_id FROM directory_assignment WHERE application_id = %(application)s AND person_id = ANY(%(ids)s::uuid[])
UNION
SELECT above.person_id FROM above JOIN directory_assignment AS assignment
    ON assignment.group_id = above.group_id AND assignment.application_id = %(application)s
"""
"""The people among these ids who are assigned, directly or through a group."""

_PEOPLE_OF_GROUP = """WITH RECURSIVE below(id) AS (
    SELECT %(group)s::uuid
    UNION
    SELECT member.child_id FROM below JOIN directory_membership AS member ON member.group_id = below.id
    WHERE member.child_id IS NOT NULL AND %(nested)s),
people AS MATERIALIZED (
    SELECT DISTINCT member.person_id FROM below JOIN directory_membership AS member ON member.group_id = below.id
    WHERE member.person_id IS NOT NULL),
"""
_ACTIVE = """wanted AS MATERIALIZED (
    SELECT people.person_id, link.remote_id FROM people CROSS JOIN LATERAL (
        SELECT remote_id FROM directory_link
        WHERE application_id = %(application)s AND kind = 'person' AND local_id = people.person_id AND is_active
        OFFSET 0) AS link)"""
_ACTIVE_AFTER_PLAN = """wanted AS MATERIALIZED (
    SELECT people.person_id, CASE WHEN planned.is_new THEN '' ELSE link.remote_id END AS remote_id
    FROM people LEFT JOIN LATERAL (
        SELECT remote_id, is_active FROM directory_link
        WHERE application_id = %(application)s AND kind = 'person' AND local_id = people.person_id
        OFFSET 0) AS link ON TRUE
    LEFT JOIN LATERAL (
        SELECT is_active, is_new FROM directory_plannedperson
        WHERE job_id = %(job)s AND person_id = people.person_id
        OFFSET 0) AS planned ON TRUE
    WHERE COALESCE(planned.is_active, link.is_active))"""
_TO_ADD = """
SELECT wanted.person_id, wanted.remote_id FROM wanted
WHERE NOT EXISTS (SELECT FROM directory_sentmember AS sent WHERE sent.link_id = %(link)s::uuid
    AND sent.person_id = wanted.person_id AND sent.remote_id = wanted.remote_id)
ORDER BY wanted.person_id LIMIT %(most)s
"""
_TO_REMOVE = """
SELECT sent.person_id, sent.remote_id FROM directory_sentmember AS sent
WHERE sent.link_id = %(link)s::uuid AND NOT EXISTS (SELECT FROM wanted
    WHERE wanted.person_id = sent.person_id AND wanted.remote_id = sent.remote_id)
ORDER BY sent.person_id LIMIT %(most)s
"""
_EVERYBODY = " SELECT person_id, remote_id FROM wanted ORDER BY person_id"


class MemberQueries(NamedTuple):
    """The members that a group of the target lacks, has in excess and should have: pairs of person id and remote id."""

    to_add: str
    to_remove: str
    everybody: str

    @classmethod
    def of(cls, wanted: str) -> "MemberQueries":
        return cls(*(_PEOPLE_OF_GROUP + wanted + answer for answer in (_TO_ADD, _TO_REMOVE, _EVERYBODY)))


MEMBERS = MemberQueries.of(_ACTIVE)
"""The active users of the target that are members of a group: read from the group, never from all links."""
PLANNED_MEMBERS = MemberQueries.of(_ACTIVE_AFTER_PLAN)
"""The same after what a dry run (`job`) has planned for people. People who will be created have no remote id yet."""

NEXT_LINKED = """
SELECT operation.id, operation.kind, operation.object_id, link.is_active FROM directory_operation AS operation
JOIN directory_link AS link ON link.application_id = operation.application_id AND link.kind = operation.kind
    AND link.local_id = operation.object_id
WHERE operation.application_id = %(application)s AND operation.id > %(cursor)s AND NOT operation.is_late
ORDER BY operation.id LIMIT %(most)s
"""
"""Operations on objects that exist in the application: only these can be removals."""
STAGE = """
INSERT INTO directory_outcome (id, organization_id, application_id, cycle_id, kind, object_id, remote_id, identity,
    action, status, code, details, steps, modified, milliseconds)
SELECT gen_random_uuid(), %(organization)s, operation.application_id, %(cycle)s, operation.kind, operation.object_id,
    link.remote_id, link.label, 'staged_delete', 'skipped', 'AccidentalDeletion', '{}', '[]', '[]', 0
FROM directory_operation AS operation JOIN directory_link AS link ON link.application_id = operation.application_id
    AND link.kind = operation.kind AND link.local_id = operation.object_id
WHERE operation.application_id = %(application)s AND operation.removes
"""
SWEEP_CHANGES = """
DELETE FROM directory_change WHERE id IN (
    SELECT change.id FROM directory_change AS change
    WHERE change.transaction_id < COALESCE((SELECT MIN(state.watermark) FROM directory_syncstate AS state
        WHERE state.organization_id = change.organization_id AND state.watermark IS NOT NULL),
        pg_snapshot_xmin(pg_current_snapshot())::text::bigint)
    LIMIT %(most)s)
"""
"""Changes that every application of the organization has read."""

MARK_BEGUN = "UPDATE directory_operation SET is_begun = TRUE WHERE id = ANY(%(ids)s::bigint[])"
FORGET = "DELETE FROM directory_operation WHERE id = ANY(%(ids)s::bigint[])"
"""Finished operations."""
KEEP_FAILED = """
UPDATE directory_operation AS operation
SET attempts = attempts + 1, try_at = STATEMENT_TIMESTAMP() + failed.seconds * INTERVAL '1 second',
    error = failed.error, removes = FALSE
FROM unnest(%(ids)s::bigint[], %(seconds)s::float8[], %(errors)s::text[]) AS failed(id, seconds, error)
WHERE operation.id = failed.id
"""
KEEP_UNFINISHED = """
UPDATE directory_operation AS operation SET is_late = kept.is_late, is_begun = FALSE
FROM unnest(%(ids)s::bigint[], %(late)s::boolean[]) AS kept(id, is_late) WHERE operation.id = kept.id
"""
STORE_LINKS = """
INSERT INTO directory_link (id, application_id, kind, local_id, remote_id, digest, is_active, label)
SELECT id, %(application)s, kind, local_id, remote_id, digest, is_active, label FROM jsonb_to_recordset(%(rows)s::jsonb)
    AS link(id uuid, kind text, local_id uuid, remote_id text, digest text, is_active boolean, label text)
ON CONFLICT (application_id, kind, local_id) DO UPDATE SET remote_id = EXCLUDED.remote_id, digest = EXCLUDED.digest,
    is_active = EXCLUDED.is_active, label = EXCLUDED.label, modified_at = STATEMENT_TIMESTAMP()
"""
ADD_OUTCOMES = """
INSERT INTO directory_outcome (id, organization_id, application_id, cycle_id, kind, object_id, remote_id, identity,
    action, status, code, details, steps, modified, milliseconds)
SELECT id, %(organization)s, %(application)s, %(cycle)s, kind, object_id, remote_id, identity,
    action, status, code, details, steps, modified, milliseconds
FROM jsonb_to_recordset(%(rows)s::jsonb) AS outcome(id uuid, kind text, object_id uuid, remote_id text, identity text,
    action text, status text, code text, details jsonb, steps jsonb, modified jsonb, milliseconds int)
"""

LINKS_OF = """
SELECT link.local_id, link.id, link.remote_id, link.digest, link.is_active
FROM unnest(%(ids)s::uuid[]) AS wanted(id) CROSS JOIN LATERAL (
    SELECT id, local_id, remote_id, digest, is_active FROM directory_link
    WHERE application_id = %(application)s AND kind = %(kind)s AND local_id = wanted.id OFFSET 0) AS link
"""
OWNERS = """
SELECT link.remote_id, link.local_id, link.label
FROM unnest(%(remote_ids)s::text[]) AS wanted(id) CROSS JOIN LATERAL (
    SELECT remote_id, local_id, label FROM directory_link
    WHERE application_id = %(application)s AND kind = %(kind)s AND remote_id = wanted.id OFFSET 0) AS link
"""
"""The directory objects that are linked to these objects of the application."""
