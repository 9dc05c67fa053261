"""The addresses from which tokens are used (controlhub.actions.token_addresses)."""

NEW_AFTER_DAYS = 30
"""An address is new if a token was not used from it for this many days."""
NOTE_ADDRESSES = """
WITH given AS (SELECT g.* FROM jsonb_to_recordset(%(uses)s::jsonb) AS g (token_id uuid, address inet, at timestamptz)
    JOIN controlhub_accesstoken t ON t.id = g.token_id),
noted AS (
    INSERT INTO controlhub_tokenaddress AS a (token_id, address, last_used_at)
    SELECT token_id, address, at FROM given ORDER BY token_id, address
    ON CONFLICT (token_id, address) DO UPDATE SET last_used_at = GREATEST(a.last_used_at, EXCLUDED.last_used_at)
)
SELECT token_id::text, host(address) FROM given
WHERE EXISTS (SELECT FROM controlhub_tokenaddress a WHERE a.token_id = given.token_id)
AND NOT EXISTS (SELECT FROM controlhub_tokenaddress a WHERE a.token_id = given.token_id
    AND a.address = given.address AND a.last_used_at >= given.at - %(days)s * interval '1 day')
"""
"""Records uses, and returns those from an address that is new for a token that was used before.

The query sees the table as it was before the INSERT. Each look-up is one probe of the primary key.
"""
FORGET_ADDRESSES = """
DELETE FROM controlhub_tokenaddress a WHERE last_used_at < STATEMENT_TIMESTAMP() - %(days)s * interval '1 day'
AND EXISTS (SELECT FROM controlhub_tokenaddress newer WHERE newer.token_id = a.token_id
    AND (newer.last_used_at, newer.address) > (a.last_used_at, a.address))
"""
"""Keeps each token's newest address, which shows that the token was used before."""
