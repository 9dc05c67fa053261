"""The statements that write groups, each with its audit event. Members are in `controlhub.sql.memberships`."""

from controlhub.sql.events import RECORD_CHANGE
from controlhub.sql.proof import TOKEN_IS_UNCHANGED

CREATE_GROUP = f"""
WITH changed AS (
    INSERT INTO controlhub_group (id, organization_id, document, display_name, display_name_key, external_id,
        connection_id, member_count, version)
    SELECT %(id)s, %(organization)s, %(document)s, %(display_name)s, %(display_name_key)s, %(external_id)s,
        %(connection)s::uuid, 0, 1
    WHERE %(token)s::uuid IS NULL OR {TOKEN_IS_UNCHANGED}
    RETURNING created_at, modified_at
), {RECORD_CHANGE}
SELECT created_at, modified_at FROM changed
"""
UPDATE_GROUP = f"""
WITH changed AS (
    UPDATE controlhub_group SET document = %(document)s, display_name = %(display_name)s,
        display_name_key = %(display_name_key)s, external_id = %(external_id)s,
        connection_id = COALESCE(%(connection)s::uuid, connection_id), version = version + 1,
        modified_at = %(modified_at)s
    WHERE id = %(id)s AND version = %(version)s
    RETURNING id
), {RECORD_CHANGE}
SELECT id FROM changed
"""
DELETE_GROUP = f"""
WITH changed AS (
    DELETE FROM controlhub_group WHERE id = %(id)s AND version = %(version)s RETURNING id
), {RECORD_CHANGE}
SELECT id FROM changed
"""
