"""Names of deleted people and objects, from the newest audit event about each."""

from collections.abc import Iterable
from uuid import UUID

from controlhub.sql.statements import fetch_rows

_LAST_LABELS = """
SELECT wanted.id, COALESCE(p.parts #>> '{1,value,label}', e.target_label)
FROM unnest(%(ids)s::text[]) AS wanted(id) CROSS JOIN LATERAL (
    SELECT id, target_label FROM audit_auditevent
    WHERE organization_id = %(organization)s AND target_id = wanted.id AND action <> 'user.erased'
    ORDER BY created_at DESC LIMIT 1) AS e
LEFT JOIN LATERAL (SELECT parts FROM audit_personal WHERE event_id = e.id LIMIT 1) AS p ON TRUE
"""


def last_labels(organization: UUID, ids: Iterable[str]) -> dict[str, str]:
    """Returns the label of each target in its newest event, or "" if it was erased. Does one look-up for each id."""
    rows = fetch_rows(_LAST_LABELS, {"organization": organization, "ids": list(ids)})
    return {pk: label or "" for pk, label in rows}
