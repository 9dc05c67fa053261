"""Change many people of the directory at a time, with an audit event for each."""

from controlhub.sql.events import RECORD_EACH

# The caller has locked the rows. Rows of another organization are not changed.
UPDATE_PEOPLE = f"""
WITH changed AS (
    UPDATE directory_person AS person
    SET user_principal_name = given.user_principal_name, upn_key = given.upn_key, display_name = given.display_name,
        given_name = given.given_name, surname = given.surname, account_enabled = given.account_enabled,
        attributes = given.attributes, manager_id = given.manager_id,
        version = person.version + 1, modified_at = STATEMENT_TIMESTAMP()
    FROM json_populate_recordset(NULL::directory_person, %(people)s::json) AS given
    WHERE person.id = given.id AND person.organization_id = %(organization)s
    RETURNING person.id
), {RECORD_EACH}
SELECT id FROM changed
"""
