"""The statements that write resources that have no table of their own, each with its audit event."""

from controlhub.sql.events import RECORD_CHANGE
from controlhub.sql.proof import TOKEN_IS_UNCHANGED

# An organization's own type cannot be removed while a resource is added; a built-in type has no row.
CREATE_RESOURCE = f"""
WITH changed AS (
    INSERT INTO controlhub_resource (id, organization_id, resource_type_id, document, external_id, version)
    SELECT %(id)s, %(organization)s, %(resource_type)s, %(document)s, %(external_id)s, 1
    WHERE (%(token)s::uuid IS NULL OR {TOKEN_IS_UNCHANGED})
        AND (%(is_built_in)s OR EXISTS (
            SELECT FROM controlhub_customresourcetype WHERE id = %(resource_type)s FOR KEY SHARE))
    RETURNING created_at, modified_at
), {RECORD_CHANGE}
SELECT created_at, modified_at FROM changed
"""
UPDATE_RESOURCE = f"""
WITH changed AS (
    UPDATE controlhub_resource SET document = %(document)s, external_id = %(external_id)s, version = version + 1,
        modified_at = %(modified_at)s
    WHERE id = %(id)s AND version = %(version)s
    RETURNING id
), {RECORD_CHANGE}
SELECT id FROM changed
"""
DELETE_RESOURCE = f"""
WITH changed AS (
    DELETE FROM controlhub_resource WHERE id = %(id)s AND version = %(version)s RETURNING id
), {RECORD_CHANGE}
SELECT id FROM changed
"""
