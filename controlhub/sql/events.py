"""Insert audit events: alone, or as the part of a WITH clause that records what `changed` returns.

An event is a row of public facts and a row with its personal values (docs/audit-format.md), inserted by one statement.
A statement that makes a change has `RECORD_CHANGE` as its last part, so that neither exists without the other
(docs/decisions/0013). `audit.record` returns the parameters.
"""

_COLUMNS = """id, organization_id, version, service, category, action, activity, result,
        actor_kind, actor_id, actor_user_id, actor_role, connection_id, request_id, parent_id,
        target_type, target_id, facts, commitments, mac"""
_VALUES = """%(event_id)s, %(organization)s, %(event_version)s, %(service)s, %(category)s, %(action)s, %(activity)s,
        %(result)s, %(actor_kind)s, %(actor_id)s, %(actor_user_id)s::uuid, %(actor_role)s, %(connection_id)s::uuid,
        %(request_id)s, %(parent_id)s::uuid,
        %(target_type)s, %(target_id)s, %(facts)s::jsonb, %(commitments)s, %(mac)s"""
_PERSONAL = """personal AS (
    INSERT INTO audit_personal (event_id, organization_id, parts)
    SELECT %(event_id)s, %(organization)s, %(parts)s::jsonb"""
RECORD = f"""
WITH {_PERSONAL}
)
INSERT INTO audit_auditevent ({_COLUMNS})
VALUES ({_VALUES})
"""
RECORD_CHANGE = f"""{_PERSONAL} FROM changed
), event AS (
    INSERT INTO audit_auditevent ({_COLUMNS})
    SELECT {_VALUES}
    FROM changed
)"""
# Only the statement itself knows how much access a user loses, so the MAC does not cover `revoked`.
RECORD_END_OF_ACCESS = f"""{_PERSONAL} FROM changed
), event AS (
    INSERT INTO audit_auditevent ({_COLUMNS}, revoked)
    SELECT {_VALUES}, jsonb_build_object(
            'tokens', (SELECT count(*) FROM tokens WHERE was_live), 'sessions', (SELECT count(*) FROM sessions),
            'invitations', (SELECT count(*) FROM invitations))
    FROM changed
)"""
RECORD_END_OF_NO_ACCESS = f"""{_PERSONAL} FROM changed
), event AS (
    INSERT INTO audit_auditevent ({_COLUMNS}, revoked)
    SELECT {_VALUES}, '{{"tokens": 0, "sessions": 0, "invitations": 0}}'
    FROM changed
)"""
# One parameter for any number of events, so that there is one statement and one plan.
RECORD_EACH = f"""personal AS (
    INSERT INTO audit_personal (event_id, organization_id, parts)
    SELECT event_id, organization_id, parts FROM json_populate_recordset(NULL::audit_personal, %(events)s::json)
    WHERE EXISTS (SELECT FROM changed)
), event AS (
    INSERT INTO audit_auditevent ({_COLUMNS})
    SELECT {_COLUMNS} FROM json_populate_recordset(NULL::audit_auditevent, %(events)s::json)
    WHERE EXISTS (SELECT FROM changed)
)"""
