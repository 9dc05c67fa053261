"""The insert of audit events: alone, or as the part of a WITH clause that records what `changed` returns.

A statement that makes a change takes `RECORD_CHANGE` as its last part, so that neither exists without the other
(docs/decisions/0013). `audit.record` gives the parameters.
"""

_COLUMNS = """id, organization_id, service, category, action, activity, result, reason,
        actor_kind, actor_id, actor_label, actor_address, user_agent, request_id,
        target_type, target_id, target_label, version, changes, details"""
_VALUES = """%(event_id)s, %(organization)s, %(service)s, %(category)s, %(action)s, %(activity)s, %(result)s,
        %(reason)s, %(actor_kind)s, %(actor_id)s, %(actor_label)s, %(actor_address)s::inet, %(user_agent)s,
        %(request_id)s,
        %(target_type)s, %(target_id)s, %(target_label)s, %(event_version)s, %(changes)s::jsonb, %(details)s::jsonb"""
RECORD = f"""
INSERT INTO audit_auditevent ({_COLUMNS})
VALUES ({_VALUES})
"""
RECORD_CHANGE = f"""event AS (
    INSERT INTO audit_auditevent ({_COLUMNS})
    SELECT {_VALUES}
    FROM changed
)"""
# Only the statement itself knows how much access a user loses.
RECORD_END_OF_ACCESS = f"""event AS (
    INSERT INTO audit_auditevent ({_COLUMNS})
    SELECT {_VALUES} || jsonb_build_object('revoked', jsonb_build_object(
            'tokens', (SELECT count(*) FROM tokens WHERE was_live), 'sessions', (SELECT count(*) FROM sessions),
            'invitations', (SELECT count(*) FROM invitations)))
    FROM changed
)"""
# One parameter for any number of events, so that there is one text and one plan.
RECORD_EACH = f"""event AS (
    INSERT INTO audit_auditevent ({_COLUMNS})
    SELECT {_COLUMNS} FROM json_populate_recordset(NULL::audit_auditevent, %(events)s::json)
    WHERE EXISTS (SELECT FROM changed)
)"""
