"""What a batch of entries adds to the hourly counters, and which resources were provisioned or failed."""

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

from controlhub.actions.request_log.entries import Entry, error_of
from controlhub.text.moments import stored_moment

Key = tuple[str | None, int, str | None]
"""Organization, hours since 1970, connection."""


def counts_of(entries: Iterable[Entry], sizes: Mapping[str, int]) -> list[dict[str, Any]]:
    """Returns what the batch adds to each connection's hours. `sizes` has the lengths of kept entries, by id."""
    groups: dict[Key, list[Entry]] = {}
    for entry in entries:
        groups.setdefault((entry.organization_id, int(entry.at // 3_600), entry.connection_id), []).append(entry)
    return [_count(key, group, sizes) for key, group in groups.items()]


def _count(key: Key, entries: Sequence[Entry], sizes: Mapping[str, int]) -> dict[str, Any]:
    organization_id, hour, connection_id = key
    kept = [sizes[entry.id] for entry in entries if entry.id in sizes]
    failed = [entry.id for entry in entries if entry.is_error and entry.id in sizes]
    last = max(entries, key=attrgetter("at"))
    return {
        "organization_id": organization_id,
        "hour": stored_moment(hour * 3_600),
        "connection_id": connection_id,
        "requests": len(entries),
        "errors": sum(map(attrgetter("is_error"), entries)),
        "dropped": len(entries) - len(kept),
        "rows": len(kept),
        "size": sum(kept),
        "quirks": sorted({quirk for entry in entries for quirk in entry.quirks}),
        "last_at": stored_moment(last.at),
        "last_status": last.status,
        "last_error_id": failed[-1] if failed else None,
    }


def failure_of(entry: Entry) -> dict[str, Any]:
    """Returns the error that a resource has because of this request."""
    answer = error_of(entry)
    return success_of(entry) | {
        "connection_id": entry.connection_id,
        "request": entry.id,
        "status": entry.status,
        "scim_type": str(answer.get("scimType", "")),
        "detail": str(answer.get("detail", ""))[:500].replace("\0", ""),
    }


def success_of(entry: Entry) -> dict[str, Any]:
    """Returns the resource that this request has provisioned, which clears its error."""
    return {
        "resource_id": entry.resource_id,
        "organization_id": entry.organization_id,
        "at": stored_moment(entry.at),
    }
