"""The bytes of an event that its leaf in the Merkle tree and its MAC cover (docs/audit-format.md)."""

import hashlib
import json
from datetime import UTC
from typing import Any

from audit.encoding import canonical
from audit.models import APART, OLD_COLUMNS, AuditEvent

WRITTEN = (
    "id", "organization_id", "version", "service", "category", "action", "activity", "result", "actor_kind",
    "actor_id", "actor_user_id", "actor_role", "connection_id", "request_id", "parent_id", "target_type", "target_id",
    "facts", "commitments",
)  # fmt: skip
"""The columns that the MAC covers: those that are known before the statement runs."""
_SEALED = (
    "id", "organization_id", "created_at", "service", "category", "action", "activity", "result", "actor_kind",
    "actor_id", "request_id", "target_type", "target_id",
)  # fmt: skip


def leaf_of(event: AuditEvent) -> bytes:
    """The public part of an event as canonical JSON, the same for an event that was just written and one that was read.

    An event of version 1 or 2 has no commitments: its leaf contains the digest of all its values instead.
    """
    if event.version < APART:
        return canonical({**_shown(event, ("id", "organization_id", "version")), "digest": old_digest(event).hex()})
    public = _shown(event, WRITTEN)
    return canonical({**public, "created_at": _time(event), "revoked": event.revoked, "mac": bytes(event.mac).hex()})


def written_part(event: AuditEvent) -> bytes:
    """What the MAC of an event of version 3 and later covers, as canonical JSON."""
    return canonical(_shown(event, WRITTEN))


def old_digest(event: AuditEvent) -> bytes:
    """The SHA-256 digest with which an event of version 1 or 2 was sealed. Version 1 had no column for the version."""
    content = {name: getattr(event, name) for name in _SEALED}
    content |= {name: getattr(event, f"old_{name}") for name in OLD_COLUMNS}
    if event.version > 1:
        content["version"] = event.version
    return hashlib.sha256(json.dumps(content, default=str, sort_keys=True, ensure_ascii=False).encode()).digest()


def _shown(event: AuditEvent, names: tuple[str, ...]) -> dict[str, Any]:
    values = {name: getattr(event, name) for name in names}
    if "commitments" in values:
        values["commitments"] = split_digests(values["commitments"])
    return values


def split_digests(joined: bytes) -> list[str]:
    """The SHA-256 digests in a column, in hexadecimal digits."""
    text = bytes(joined).hex()
    return [text[start : start + 64] for start in range(0, len(text), 64)]


def _time(event: AuditEvent) -> str:
    """The time of an event in RFC 3339 format, in UTC, with microseconds."""
    return f"{event.created_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"
