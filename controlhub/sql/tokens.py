"""The access token that a client presents."""

from collections.abc import Iterable

_TEXT = """
SELECT t.id, t.name, t.scopes, t.user_id, t.connection_id, COALESCE(u.portal_role, ''),
    t.xmin::text, t.ctid::text, o.xmin::text, o.ctid::text,
    t.last_used_at IS NULL OR t.last_used_at < now() - interval '1 minute', t.is_paused,
    {organization}
FROM controlhub_accesstoken t JOIN controlhub_organization o ON o.id = t.organization_id
LEFT JOIN controlhub_user u ON u.id = t.user_id
WHERE t.digest = %(digest)s AND t.revoked_at IS NULL AND t.expires_at > now() AND (t.user_id IS NULL OR u.active)
"""
# Skips locked rows, so that no request waits for another one.
NOTE_USE = """
UPDATE controlhub_accesstoken SET last_used_at = now(), last_used_address = %(address)s, last_used_agent = %(agent)s
WHERE id IN (SELECT id FROM controlhub_accesstoken WHERE id = %(id)s FOR NO KEY UPDATE SKIP LOCKED)
"""


def live_token_text(organization_columns: Iterable[str]) -> str:
    """Returns a query for the token with a digest, if it is accepted now, and for its organization."""
    return _TEXT.format(organization=", ".join(f"o.{column}" for column in organization_columns))
