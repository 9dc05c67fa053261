"""What ends with a user's access or with the user: parts of the statement that changes the user (security.md §4)."""

from functools import cache

from controlhub.database.statements import Consequences
from controlhub.models import Cause

_SESSIONS = """sessions AS (DELETE FROM controlhub_session s USING changed, controlhub_account a
    WHERE a.user_id = changed.id AND s.account_id = a.id RETURNING 1)"""
_INVITATIONS = """invitations AS (DELETE FROM controlhub_invitation i USING changed
    WHERE i.user_id = changed.id RETURNING 1)"""
_REVOKED = """jsonb_build_object('revoked', jsonb_build_object(
    'tokens', (SELECT count(*) FROM tokens WHERE was_live), 'sessions', (SELECT count(*) FROM sessions),
    'invitations', (SELECT count(*) FROM invitations)))"""
ACCESS_ENDS = Consequences(
    f"""
tokens AS (UPDATE controlhub_accesstoken t SET revoked_at = now() FROM changed
    WHERE t.user_id = changed.id AND t.revoked_at IS NULL RETURNING TRUE AS was_live),
{_SESSIONS},
{_INVITATIONS}""",  # noqa: S608 — constants
    details=_REVOKED,
)
REMOVED = ("id", "organization_id", "created_at", "deactivated_at")
"""The columns that `user_ends` needs of a removed user."""
HAS_ACCESS = """(EXISTS (SELECT FROM controlhub_account a WHERE a.user_id = controlhub_user.id)
OR EXISTS (SELECT FROM controlhub_accesstoken t WHERE t.user_id = controlhub_user.id)
OR EXISTS (SELECT FROM controlhub_invitation i WHERE i.user_id = controlhub_user.id))"""
"""Whether there is anything by which a user could come in, now or once."""


@cache
def user_ends(cause: Cause, *, has_access: bool) -> Consequences:
    """What ends with the user, and the record that there was one.

    Few users of a directory ever have access to the portal; without those parts the statement is cheaper.
    """
    access = _ACCESS if has_access else _NO_ACCESS
    return Consequences(f"{access}, {_PLACES}, {_RECORD.format(cause=cause.value)}", details=_REVOKED)


_RECORD = """record AS (INSERT INTO controlhub_purgeduser
    (id, organization_id, created_at, inactive_since, purged_at, cause, tokens_revoked, sessions_ended, groups_left,
        removed_before)
    SELECT id, organization_id, created_at, deactivated_at, STATEMENT_TIMESTAMP(), '{cause}',
        (SELECT count(*) FROM tokens WHERE was_live), (SELECT count(*) FROM sessions), (SELECT count(*) FROM gone),
        (SELECT COALESCE(sum(removed), 0) FROM controlhub_rowcount c
            WHERE c.organization_id = changed.organization_id AND c.kind = 'controlhub_user')
    FROM changed)"""
_ACCESS = f"""
tokens AS (DELETE FROM controlhub_accesstoken t USING changed
    WHERE t.user_id = changed.id RETURNING t.revoked_at IS NULL AS was_live),
{_SESSIONS},
{_INVITATIONS},
accounts AS (DELETE FROM controlhub_account a USING changed WHERE a.user_id = changed.id)"""  # noqa: S608 — constants
_NO_ACCESS = """
tokens AS (SELECT TRUE AS was_live WHERE FALSE), sessions AS (SELECT WHERE FALSE),
invitations AS (SELECT WHERE FALSE)"""
_PLACES = """
claims AS (DELETE FROM controlhub_uniquevalue v USING changed WHERE v.resource_id = changed.id),
gone AS (DELETE FROM controlhub_membership m USING changed WHERE m.user_id = changed.id RETURNING m.group_id),
left_groups AS (UPDATE controlhub_group g SET version = version + 1, member_count = member_count - 1,
    modified_at = now() FROM gone WHERE g.id = gone.group_id)"""
