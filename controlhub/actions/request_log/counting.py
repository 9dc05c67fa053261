"""What a batch of entries adds to the counters of each hour, and which resources were provisioned or failed."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from controlhub.actions.request_log.entries import Entry, error_of, moment


def counts_of(entries: Iterable[Entry], sizes: Mapping[str, int]) -> list[dict[str, Any]]:
    """What the batch adds to each connection's hour."""
    counts: dict[tuple[UUID | None, int, UUID | None], dict[str, Any]] = {}
    for entry in entries:
        key = (entry.organization_id, int(entry.at // 3_600), entry.connection_id)
        count = counts.get(key) or counts.setdefault(key, _nothing(entry))
        size = sizes.get(entry.id, 0)
        count["requests"] += 1
        count["errors"] += entry.is_error
        count["dropped"] += not size
        count["rows"] += bool(size)
        count["size"] += size
        count["quirks"].update(entry.quirks)
        if entry.is_error and size:
            count["last_error_id"] = entry.id
        if entry.at >= count["last_at"]:
            count["last_at"], count["last_status"] = entry.at, entry.status
    for count in counts.values():
        count["quirks"] = sorted(count["quirks"])
        count["last_at"] = moment(count["last_at"])
    return list(counts.values())


def _nothing(entry: Entry) -> dict[str, Any]:
    counted: dict[str, Any] = dict.fromkeys(("requests", "errors", "dropped", "rows", "size"), 0)
    return counted | {
        "organization_id": entry.organization_id,
        "hour": moment(entry.at // 3_600 * 3_600),
        "connection_id": entry.connection_id,
        "quirks": set(),
        "last_at": entry.at,
        "last_status": entry.status,
        "last_error_id": None,
    }


def failure_of(entry: Entry) -> dict[str, Any]:
    """The error that a resource has since this request."""
    answer = error_of(entry)
    return success_of(entry) | {
        "connection_id": entry.connection_id,
        "request": entry.id,
        "status": entry.status,
        "scim_type": str(answer.get("scimType", "")),
        "detail": str(answer.get("detail", ""))[:500].replace("\0", ""),
    }


def success_of(entry: Entry) -> dict[str, Any]:
    """The resource that this request has provisioned, so that its error is over."""
    return {
        "resource_id": entry.resource_id,
        "organization_id": entry.organization_id,
        "at": moment(entry.at),
    }
