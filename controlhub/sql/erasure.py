"""Erase the personal data of a permanently deleted user that remains outside the user's row.

`values` are the names and addresses by which the user was known, in lower case, and `mentioned` are those of them that
are searched for in longer text. `labels` are the names under which the user acted as an administrator, and `addresses`
are the userNames. `people` are the ids of the same person in the directory, where they are permanently deleted, too.
The statements run once per erased person and read tables that a retention period keeps small, so they need no index of
their own.
"""

EVENTS = """
SELECT id FROM audit_auditevent
WHERE organization_id = %(organization)s AND target_id = %(person)s::text AND action <> 'user.erased'
UNION
SELECT id FROM audit_auditevent WHERE organization_id = %(organization)s AND actor_user_id = %(person)s::uuid
"""
"""Events about and by the person. The erasure itself names no person."""
ERASE_EVENTS = "SELECT public.audit_erase(%(organization)s, %(person)s::text, %(events)s::uuid[])"

DIRECTORY_PEOPLE = """
SELECT id FROM (
    SELECT l.local_id FROM directory_link l JOIN directory_application a ON a.id = l.application_id
    WHERE a.organization_id = %(organization)s AND l.kind = 'person' AND l.remote_id = %(person)s::text
    UNION SELECT object_id FROM directory_outcome
    WHERE organization_id = %(organization)s AND kind = 'person' AND remote_id = %(person)s::text
    UNION SELECT e.target_id::uuid FROM audit_auditevent e JOIN audit_personal p ON p.event_id = e.id
    WHERE e.organization_id = %(organization)s AND e.action = 'directory_user.purged'
    AND EXISTS (SELECT FROM jsonb_path_query(p.parts, '$[*].value.changes[*]
            ? (@.attribute == "userPrincipalName" || @.attribute == "mail").old') AS old(value)
        WHERE lower(old.value #>> '{}') = ANY(%(addresses)s::text[])
        OR substr(lower(old.value #>> '{}'), 33) = ANY(%(addresses)s::text[]))
) AS found(id) WHERE NOT EXISTS (SELECT FROM directory_person WHERE directory_person.id = found.id)
"""
"""The same person in the directory, by what was provisioned or by userName (a deleted person's follows 32 digits).

Other addresses do not count: several people may share one, and an address may be given to another person.
"""
DIRECTORY_EVENTS = """
SELECT id FROM audit_auditevent
WHERE organization_id = %(organization)s AND target_id = %(person)s::text AND action <> 'user.erased'
"""

_MENTIONS = """EXISTS (SELECT FROM unnest(%(mentioned)s::text[]) AS v(value) WHERE strpos(lower({text}), v.value) > 0
    AND (v.value ~ '[^0-9]' OR {text} ~ ('(^|[^0-9])' || v.value || '($|[^0-9])')))"""
"""A value of only digits must match a whole number."""
REQUESTS = f"""
UPDATE controlhub_scimrequest
SET path = split_part(path, '?', 1), body = '', answer = ''
WHERE organization_id = %(organization)s
AND (resource_id = %(person)s::uuid OR {_MENTIONS.format(text="concat_ws(' ', path, body, answer)")})
"""
ERRORS = f"""
DELETE FROM controlhub_provisioningerror
WHERE organization_id = %(organization)s AND (resource_id = %(person)s::uuid OR {_MENTIONS.format(text="detail")})
"""
MAIL = f"""
DELETE FROM controlhub_outgoingmail
WHERE organization_id = %(organization)s AND {_MENTIONS.format(text="concat_ws(' ', address, subject, body)")}
"""
IMPORT_ROWS = """
UPDATE controlhub_importrow r
SET cells = array_fill(''::text, ARRAY[cardinality(cells)]), key = '', name_key = '', label = '', user_name = '',
    details = '{}'
FROM controlhub_userimport i
WHERE i.id = r.user_import_id AND i.organization_id = %(organization)s
AND (r.user_id = %(person)s::uuid
    OR EXISTS (SELECT FROM unnest(r.cells) AS c(cell) WHERE lower(c.cell) = ANY(%(values)s::text[])))
"""
PEOPLE_ROWS = """
UPDATE directory_personrow r
SET cells = array_fill(''::text, ARRAY[cardinality(cells)]), key = '', label = '', user_name = '', details = '{}'
FROM directory_peopleimport i
WHERE i.id = r.people_import_id AND i.organization_id = %(organization)s
AND (r.user_id = ANY(%(people)s::uuid[])
    OR EXISTS (SELECT FROM unnest(r.cells) AS c(cell) WHERE lower(c.cell) = ANY(%(values)s::text[])))
"""
_CLEAN_CELLS = f"""ARRAY(SELECT CASE WHEN {_MENTIONS.format(text="c.cell")} THEN '' ELSE c.cell END
    FROM unnest(r.cells) WITH ORDINALITY AS c(cell, place) ORDER BY place)"""
MENTIONS_IN_ROWS = tuple(
    f"""
UPDATE {table} r SET cells = {_CLEAN_CELLS},
    details = CASE WHEN {_MENTIONS.format(text="r.details::text")} THEN '{{}}' ELSE r.details END
FROM {parent} i
WHERE i.id = r.{key} AND i.organization_id = %(organization)s
AND {_MENTIONS.format(text="concat_ws(' ', array_to_string(r.cells, ' '), r.details)")}
"""
    for table, parent, key in (
        ("controlhub_importrow", "controlhub_userimport", "user_import_id"),
        ("directory_personrow", "directory_peopleimport", "people_import_id"),
    )
)
"""Rows of other users that mention the person, such as the person's reports: only the mentions are cleared."""
OUTCOMES = f"""
UPDATE directory_outcome SET details = '{{}}', steps = '[]', modified = '[]',
    identity = CASE WHEN object_id = ANY(%(people)s::uuid[]) OR remote_id = %(person)s::text
        OR {_MENTIONS.format(text="identity")} THEN '' ELSE identity END
WHERE organization_id = %(organization)s AND (object_id = ANY(%(people)s::uuid[]) OR remote_id = %(person)s::text
    OR {_MENTIONS.format(text="concat_ws(' ', identity, details, steps, modified)")})
"""
LINKS = f"""
UPDATE directory_link l SET label = '' FROM directory_application a
WHERE a.id = l.application_id AND a.organization_id = %(organization)s
AND (l.local_id = ANY(%(people)s::uuid[]) OR l.remote_id = %(person)s::text OR {_MENTIONS.format(text="l.label")})
AND NOT EXISTS (SELECT FROM directory_person WHERE directory_person.id = l.local_id)
"""
OPERATIONS = f"""
UPDATE directory_operation o SET error = '' FROM directory_application a
WHERE a.id = o.application_id AND a.organization_id = %(organization)s AND {_MENTIONS.format(text="o.error")}
"""
CYCLES = f"""
UPDATE directory_cycle SET known = '{{}}'
WHERE organization_id = %(organization)s AND finished_at IS NOT NULL AND {_MENTIONS.format(text="known::text")}
"""
SYNC_STATES = f"""
UPDATE directory_syncstate
SET last_error = CASE WHEN {_MENTIONS.format(text="last_error::text")} THEN last_error - 'answer' - 'path'
        ELSE last_error END,
    quarantine_details = CASE WHEN {_MENTIONS.format(text="quarantine_details::text")}
        THEN quarantine_details - 'answer' - 'path' ELSE quarantine_details END
WHERE organization_id = %(organization)s AND {_MENTIONS.format(text="concat_ws(' ', last_error, quarantine_details)")}
"""
NOTIFICATIONS = """
UPDATE directory_application SET notification_email = ''
WHERE organization_id = %(organization)s AND lower(notification_email) = ANY(%(values)s::text[])
"""
IMPORT_SAMPLES = f"""
UPDATE controlhub_userimport
SET columns = (SELECT jsonb_agg(each.entry || '{{"samples": []}}' ORDER BY place)
    FROM jsonb_array_elements(columns) WITH ORDINALITY AS each(entry, place))
WHERE organization_id = %(organization)s AND {_MENTIONS.format(text="columns::text")}
"""
JOB_PROBLEMS = f"""
UPDATE controlhub_jobproblem p SET label = '', reason = '', details = '{{}}'
FROM controlhub_job j
WHERE j.id = p.job_id AND j.organization_id = %(organization)s
AND (p.target_id = %(person)s::uuid OR p.target_id = ANY(%(people)s::uuid[])
    OR {_MENTIONS.format(text="concat_ws(' ', p.label, p.reason, p.details)")})
"""
JOBS = f"""
UPDATE controlhub_job
SET parameters = CASE WHEN {_MENTIONS.format(text="parameters::text")} THEN '{{}}' ELSE parameters END,
    cursor = CASE WHEN {_MENTIONS.format(text="cursor::text")} THEN NULL ELSE cursor END,
    reason = CASE WHEN {_MENTIONS.format(text="reason")} THEN '' ELSE reason END
WHERE organization_id = %(organization)s AND finished_at IS NOT NULL
AND {_MENTIONS.format(text="concat_ws(' ', parameters, cursor, reason)")}
"""
OWN_JOBS = """
UPDATE controlhub_job SET started_by_label = '', origin = origin - 'label' - 'address' - 'user_agent'
WHERE organization_id = %(organization)s AND started_by = %(person)s::uuid
"""
ALERTS = """
UPDATE controlhub_alert
SET emails = ARRAY(SELECT e.email FROM unnest(emails) AS e(email) WHERE lower(e.email) <> ALL(%(values)s::text[]))
WHERE organization_id = %(organization)s
AND EXISTS (SELECT FROM unnest(emails) AS e(email) WHERE lower(e.email) = ANY(%(values)s::text[]))
"""
STREAM_ANSWERS = f"""
UPDATE controlhub_streamdelivery d SET answer = '' FROM controlhub_stream s
WHERE s.id = d.stream_id AND s.organization_id = %(organization)s AND {_MENTIONS.format(text="d.answer")}
"""
TYPED_ADDRESSES = "DELETE FROM controlhub_typedaddress WHERE lower(key) = ANY(%(values)s::text[])"
MARK = "UPDATE controlhub_purgeduser SET erased_at = STATEMENT_TIMESTAMP() WHERE id = %(person)s"

_LABELS = (
    ("controlhub_user", "source_label"),
    ("controlhub_user", "deactivated_by"),
    ("controlhub_accesstoken", "created_by"),
    ("controlhub_connection", "created_by"),
    ("controlhub_connection", "paused_by"),
    ("controlhub_purgerun", "decided_by"),
    ("controlhub_selftest", "ran_by"),
    ("controlhub_savedview", "owner_label"),
    ("controlhub_userimport", "created_by_label"),
    ("controlhub_userremark", "noted_by"),
    ("directory_peopleimport", "created_by_label"),
    ("directory_application", "created_by"),
    ("directory_application", "secret_by"),
    ("directory_cycle", "decided_by"),
)
_LABELS_BY_PARENT = (
    ("controlhub_rolemapping", "controlhub_group", "group_id"),
    ("controlhub_invitation", "controlhub_user", "user_id"),
)
LABELS = tuple(
    f"UPDATE {table} SET {column} = ''"
    f" WHERE organization_id = %(organization)s AND lower({column}) = ANY(%(labels)s::text[])"
    for table, column in _LABELS
) + tuple(
    f"UPDATE {table} SET created_by = '' FROM {parent} p"
    f" WHERE p.id = {key} AND p.organization_id = %(organization)s AND lower(created_by) = ANY(%(labels)s::text[])"
    for table, parent, key in _LABELS_BY_PARENT
)
"""The names of administrators in what they created or decided."""
