"""The statements that write users, each with its audit event: create, update, end access, permanently delete.

A user is written only if the row still has the version that was read. Otherwise nothing is done and no row is returned.
"""

from controlhub.sql.burst_limits import HAS_PLENTY_OF_ROOM
from controlhub.sql.events import RECORD_CHANGE, RECORD_EACH, RECORD_END_OF_ACCESS, RECORD_END_OF_NO_ACCESS
from controlhub.sql.memberships import ARE_GROUPS_HELD, HELD_GROUPS, LEAVE_ALL_GROUPS
from controlhub.sql.proof import TOKEN_IS_UNCHANGED

# `token` is null if the token was read in this request. With `may_revive`, nothing is inserted if an Inactive user of
# the same connection has the externalId (docs/decisions/0033).
CREATE_USER = f"""
WITH changed AS (
    INSERT INTO controlhub_user (id, organization_id, connection_id, source, source_label, version, portal_role,
        document, user_name, user_name_key, external_id, emails, numbers, display_name, given_name,
        family_name, active, document_size, deactivated_at, deactivated_by, deactivated_by_kind)
    SELECT %(id)s, %(organization)s, %(connection)s, %(source)s, %(actor_label)s, 1, '',
        %(document)s, %(user_name)s, %(user_name_key)s, %(external_id)s, %(emails)s, %(numbers)s, %(display_name)s,
        %(given_name)s, %(family_name)s, %(active)s, %(document_size)s,
        CASE WHEN %(active)s THEN NULL ELSE STATEMENT_TIMESTAMP() END,
        CASE WHEN %(active)s THEN '' ELSE %(actor_label)s END, CASE WHEN %(active)s THEN '' ELSE %(actor_kind)s END
    WHERE (%(token)s::uuid IS NULL OR {TOKEN_IS_UNCHANGED})
    AND NOT (%(may_revive)s AND EXISTS (SELECT FROM controlhub_user inactive
        WHERE inactive.organization_id = %(organization)s AND inactive.connection_id = %(connection)s
        AND inactive.external_id = %(external_id)s AND NOT inactive.active AND inactive.original_user_name IS NULL))
    RETURNING created_at, modified_at, deactivated_at
), {RECORD_CHANGE}
SELECT created_at, modified_at, deactivated_at FROM changed
"""

# Users and events are one parameter each, so that there is one statement and one plan for any number of users.
CREATE_USERS = f"""
WITH changed AS (
    INSERT INTO controlhub_user (id, organization_id, connection_id, source, source_label, version, portal_role,
        document, user_name, user_name_key, external_id, emails, numbers, display_name, given_name,
        family_name, active, document_size, deactivated_at, deactivated_by, deactivated_by_kind)
    SELECT id, %(organization)s, %(connection)s, %(source)s, %(actor_label)s, 1, '',
        document, user_name, user_name_key, external_id, emails, numbers, display_name, given_name,
        family_name, active, document_size, CASE WHEN active THEN NULL ELSE STATEMENT_TIMESTAMP() END,
        CASE WHEN active THEN '' ELSE %(actor_label)s END, CASE WHEN active THEN '' ELSE %(actor_kind)s END
    FROM json_populate_recordset(NULL::controlhub_user, %(users)s::json)
    WHERE NOT (%(may_revive)s AND EXISTS (SELECT FROM controlhub_user inactive
        WHERE inactive.organization_id = %(organization)s AND inactive.connection_id = %(connection)s
        AND inactive.external_id = ANY(%(external_ids)s::text[]) AND NOT inactive.active
        AND inactive.original_user_name IS NULL))
    RETURNING id, created_at, modified_at, deactivated_at
), {RECORD_EACH}
SELECT id, created_at, modified_at, deactivated_at FROM changed
"""

_DOCUMENT = """document = %(document)s, document_size = %(document_size)s,
        version = version + 1, modified_at = %(modified_at)s, moments = %(moments)s,
        user_name = %(user_name)s, user_name_key = %(user_name_key)s, external_id = %(external_id)s,
        emails = %(emails)s, numbers = COALESCE(%(numbers)s, numbers),
        display_name = %(display_name)s, given_name = %(given_name)s,
        family_name = %(family_name)s, original_user_name = %(original_user_name)s, connection_id = %(connection)s"""

UPDATE_USER = f"""
WITH changed AS (
    UPDATE controlhub_user SET {_DOCUMENT}
    WHERE id = %(id)s AND version = %(version)s
    RETURNING id
), {RECORD_CHANGE}
SELECT id FROM changed
"""

# The role and `reassigned_at` change if the account may belong to another person now (docs/decisions/0033).
REACTIVATE_USER = f"""
WITH changed AS (
    UPDATE controlhub_user SET {_DOCUMENT},
        active = TRUE, deactivated_at = NULL, deactivated_by = '', deactivated_by_kind = '',
        extended_until = NULL, reviewed = TRUE, portal_role = %(portal_role)s,
        reassigned_at = CASE WHEN %(is_reassigned)s THEN %(modified_at)s ELSE reassigned_at END
    WHERE id = %(id)s AND version = %(version)s
    RETURNING id
), {RECORD_CHANGE}
SELECT id FROM changed
"""

# The statement sees the tokens, sessions and invitations that exist when it begins. Each new one increments
# `access_version`, so nothing is written if one was added after the user was read. Most users never had any: the
# statements for them, which only match users whose `access_version` is 0, do not look for any.
_DEACTIVATED = f"""WITH changed AS (
    UPDATE controlhub_user SET {_DOCUMENT},
        active = FALSE, deactivated_at = %(modified_at)s, deactivated_by = %(actor_label)s,
        deactivated_by_kind = %(actor_kind)s, extended_until = NULL, reviewed = TRUE
    WHERE id = %(id)s AND version = %(version)s AND"""
_END_ACCESS = """sessions AS (
    DELETE FROM controlhub_session s USING changed, controlhub_account a
    WHERE a.user_id = changed.id AND s.account_id = a.id RETURNING 1
), invitations AS (
    DELETE FROM controlhub_invitation i USING changed WHERE i.user_id = changed.id RETURNING 1
)"""
DEACTIVATE_USER = f"""
{_DEACTIVATED} (%(access_version)s::integer IS NULL OR access_version = %(access_version)s)
    RETURNING id
), tokens AS (
    UPDATE controlhub_accesstoken t SET revoked_at = now() FROM changed
    WHERE t.user_id = changed.id AND t.revoked_at IS NULL RETURNING TRUE AS was_live
), {_END_ACCESS}, {RECORD_END_OF_ACCESS}
SELECT id FROM changed
"""
DEACTIVATE_USER_WITHOUT_ACCESS = f"""
{_DEACTIVATED} access_version = 0
    RETURNING id
), {RECORD_END_OF_NO_ACCESS}
SELECT id FROM changed
"""

# SCIM treats the user as deleted. Unique values are released, so that another resource can claim them.
HIDE_USER = """
WITH hidden AS (
    UPDATE controlhub_user SET hidden = TRUE, kept_groups = %(groups)s, reviewed = %(is_reviewed)s WHERE id = %(id)s
    RETURNING organization_id, id
)
UPDATE controlhub_uniquevalue v SET set_aside = TRUE FROM hidden
WHERE v.organization_id = hidden.organization_id AND v.resource_id = hidden.id
"""

# A row without personal data is kept: the receipt and `HAS_PLENTY_OF_ROOM` need it (docs/decisions/0017).
_LEAVE_TRACE = """trace AS (
    INSERT INTO controlhub_purgeduser (id, organization_id, created_at, inactive_since, purged_at, cause,
        tokens_revoked, sessions_ended, groups_left, removed_before)
    SELECT id, organization_id, created_at, deactivated_at, STATEMENT_TIMESTAMP(), %(cause)s,
        {tokens}, {sessions}, (SELECT count(*) FROM left_groups),
        (SELECT COALESCE(sum(removed), 0) FROM controlhub_rowcount
            WHERE organization_id = %(organization)s AND kind = 'controlhub_user')
    FROM changed
)"""
_DELETED = f"""changed AS (
    DELETE FROM controlhub_user WHERE id = %(id)s AND version = %(version)s AND {ARE_GROUPS_HELD}
    AND NOT EXISTS (SELECT FROM controlhub_organization o WHERE o.id = %(organization)s AND o.hold_reason <> '')
    AND (NOT %(needs_room)s OR {HAS_PLENTY_OF_ROOM})"""
_CLAIMS = "claims AS (DELETE FROM controlhub_uniquevalue v USING changed WHERE v.resource_id = changed.id)"
# The request log keeps the fact that requests about the user were made, but not their content.
_FORGET = """requests AS (
    UPDATE controlhub_scimrequest r SET body = '', answer = '' FROM changed WHERE r.resource_id = changed.id
), errors AS (
    DELETE FROM controlhub_provisioningerror e USING changed WHERE e.resource_id = changed.id
), accounts AS (
    DELETE FROM controlhub_account a USING changed WHERE a.user_id = changed.id
), remarks AS (
    DELETE FROM controlhub_userremark r USING changed WHERE r.user_id = changed.id
), views AS (
    DELETE FROM controlhub_savedview v USING changed WHERE v.owner_id = changed.id AND NOT v.is_shared
)"""
_RETURNED = "RETURNING id, organization_id, created_at, deactivated_at"
_TRACE = _LEAVE_TRACE.format(
    tokens="(SELECT count(*) FROM tokens WHERE was_live)", sessions="(SELECT count(*) FROM sessions)"
)
PURGE_USER = f"""
WITH {HELD_GROUPS}, {_DELETED}
    {_RETURNED}
), {_FORGET}, tokens AS (
    DELETE FROM controlhub_accesstoken t USING changed
    WHERE t.user_id = changed.id RETURNING t.revoked_at IS NULL AS was_live
), {_END_ACCESS}, {_CLAIMS}, {LEAVE_ALL_GROUPS}, {_TRACE}, {RECORD_END_OF_ACCESS}
SELECT id FROM changed
"""
PURGE_USER_WITHOUT_ACCESS = f"""
WITH {HELD_GROUPS}, {_DELETED} AND access_version = 0
    {_RETURNED}
), {_FORGET}, {_CLAIMS}, {LEAVE_ALL_GROUPS}, {_LEAVE_TRACE.format(tokens="0", sessions="0")}, {RECORD_END_OF_NO_ACCESS}
SELECT id FROM changed
"""
