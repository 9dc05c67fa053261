"""Bulk actions: why some selected users are skipped, and what the others lose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from controlhub.sql.statements import fetch_row, fetch_rows

NAMED = 50
"""The maximum number of user ids listed for each reason."""
_HAS_ROLE_ABOVE = """(u.portal_role = ANY(%(above)s::text[]) OR EXISTS (
        SELECT FROM controlhub_rolemapping r WHERE r.role = ANY(%(above)s::text[]) AND (r.group_id = ANY(u.kept_groups)
            OR EXISTS (SELECT FROM controlhub_membership m WHERE m.user_id = u.id AND m.group_id = r.group_id))))"""
_REASON = f"""CASE
    WHEN %(spares_self)s AND u.id = %(actor)s::uuid THEN 'own_account'
    WHEN cardinality(%(above)s::text[]) > 0 AND u.id IS DISTINCT FROM %(actor)s::uuid AND {_HAS_ROLE_ABOVE}
        THEN 'role_above'
    WHEN u.id = %(last_admin)s::uuid THEN 'last_admin'
    WHEN %(needs)s IN ('active', 'not_verified') AND NOT u.active THEN 'not_active'
    WHEN %(needs)s = 'not_verified' AND u.verified THEN 'verified'
    WHEN %(needs)s IN ('inactive', 'not_active', 'purgeable') AND u.active THEN 'active'
    WHEN %(needs)s IN ('inactive', 'not_deleted') AND NOT u.active AND u.original_user_name IS NOT NULL THEN 'deleted'
    WHEN %(needs)s = 'purgeable' AND (u.hold_reason <> '' OR %(organization_held)s) THEN 'held'
    WHEN %(needs)s = 'not_held' AND u.hold_reason <> '' THEN 'already_held'
    WHEN %(needs)s = 'held' AND u.hold_reason = '' THEN 'not_held'
    END"""
_CHOSEN = f"""SELECT u.id, u.connection_id, {_REASON} AS reason
    FROM unnest(%(ids)s::uuid[]) AS c(id)
    JOIN controlhub_user u ON u.id = c.id AND u.organization_id = %(organization)s"""
REASONS = f"""SELECT id, reason FROM ({_CHOSEN}) AS chosen WHERE reason IS NOT NULL"""
PREVIEW = f"""
WITH chosen AS MATERIALIZED ({_CHOSEN})
SELECT reason, CASE WHEN reason IS NULL THEN connection_id END, count(*),
    (array_agg(id ORDER BY id))[1:{NAMED}]
FROM chosen GROUP BY 1, 2
"""
"""The number of users by reason, the number without a reason by connection, and the first ids of each."""
_ENDING = f"""SELECT id FROM ({_CHOSEN}) AS chosen WHERE reason IS NULL"""
ENDS = f"""
WITH ending AS MATERIALIZED ({_ENDING}),
accounts AS MATERIALIZED (SELECT a.id, a.sign_in_address, a.password
    FROM controlhub_account a JOIN ending ON ending.id = a.user_id),
administrators AS MATERIALIZED (SELECT u.id FROM controlhub_user u JOIN ending ON ending.id = u.id
        WHERE u.portal_role <> ''
    UNION SELECT m.user_id FROM controlhub_membership m JOIN ending ON ending.id = m.user_id
        JOIN controlhub_rolemapping r ON r.group_id = m.group_id)
SELECT
    (SELECT count(*) FROM controlhub_accesstoken t JOIN ending ON ending.id = t.user_id
        WHERE t.organization_id = %(organization)s AND t.revoked_at IS NULL AND t.expires_at > now()),
    (SELECT count(*) FROM controlhub_session s JOIN accounts ON accounts.id = s.account_id WHERE s.expire_date > now()),
    (SELECT count(*) FROM controlhub_invitation i JOIN ending ON ending.id = i.user_id WHERE i.expires_at > now()),
    (SELECT count(*) FROM controlhub_invitation i JOIN controlhub_user u ON u.id = i.user_id
        AND u.organization_id = %(organization)s WHERE i.expires_at > now()
        AND i.created_by IN (SELECT sign_in_address FROM accounts)),
    (SELECT count(*) FROM accounts WHERE password NOT LIKE '!%%')
        + (SELECT count(*) FROM mfa_authenticator f JOIN accounts ON accounts.id = f.user_id
            WHERE f.type <> 'recovery_codes')
        + (SELECT count(*) FROM socialaccount_socialaccount s JOIN accounts ON accounts.id = s.user_id),
    (SELECT count(*) FROM controlhub_savedview v JOIN ending ON ending.id = v.owner_id WHERE v.is_shared),
    (SELECT count(*) FROM controlhub_user u JOIN ending ON ending.id = u.id WHERE u.hold_reason <> ''),
    (SELECT count(*) FROM administrators),
    ARRAY(SELECT id FROM administrators ORDER BY id LIMIT %(named)s)
"""
"""What the users would lose, as numbers, and the ids of the first administrators among them.

The numbers: live access tokens, sessions, invitations to the users, invitations sent by the users, sign-in methods,
shared views, users under a legal hold, and administrators.
"""


@dataclass(frozen=True, slots=True)
class Left:
    """Users that are skipped for one reason: their number, and the ids of the first NAMED."""

    reason: str
    number: int
    ids: Sequence[UUID]


@dataclass(frozen=True, slots=True)
class Division:
    """How a selection divides: `number` users will change, `owners` counts them by connection, and `left` are skipped.

    `first` are ids of users that will change.
    """

    number: int
    first: Sequence[UUID]
    owners: Mapping[UUID, int]
    left: Sequence[Left]


def reasons(params: Mapping[str, Any]) -> dict[UUID, str]:
    """Returns the reason for each user that cannot be changed. `params`: see `controlhub.actions.bulk.rules`."""
    return dict(fetch_rows(REASONS, params))


def divide(params: Mapping[str, Any]) -> Division:
    """Returns the division of the selected users, which is read by one query."""
    rows = fetch_rows(PREVIEW, params)
    changing = [row for row in rows if row[0] is None]
    left = [Left(reason, count, ids) for reason, _connection, count, ids in rows if reason is not None]
    owners = {connection: count for _reason, connection, count, _ids in changing if connection}
    first = sorted(pk for row in changing for pk in row[3])[:NAMED]
    return Division(sum(row[2] for row in changing), first, owners, left)


def count_ends(params: Mapping[str, Any], *, named: int) -> Sequence[Any]:
    """Returns the values of ENDS for the users that will change, with at most `named` administrators."""
    found: Sequence[Any] | None = fetch_row(ENDS, {**params, "named": named})
    return found or (0, 0, 0, 0, 0, 0, 0, 0, [])
