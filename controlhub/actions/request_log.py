"""The request log of SCIM: written in batches, away from the requests, and swept when entries are old or too many."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from audit.actor import Actor
from audit.record import EventContent, Target, record
from audit.vocabulary import AuditAction, TargetType
from controlhub.database import clock
from controlhub.models import Organization, ProvisioningError, RequestHour, ScimRequest
from controlhub.sql import request_log as sql
from controlhub.sql.statements import copy_rows, count_changed, execute, fetch_rows
from controlhub.text.secrets_in_json import without_secrets

MOST_TEXT = 4_096
"""Characters of a body that are kept."""
MOST_PATH = 1_000
SWEPT_AT_ONCE = 5_000
COUNTED_DAYS = 60
"""Counters are small, so they are kept for longer than the log."""
FAILED = 400
RECORDER = "controlhub.recorder"
"""The key in the WSGI environment of the recorder that gets the entry instead of the log: self-tests use one."""


class Entry(NamedTuple):
    """One request and its answer, as it waits to be written.

    `at` is in seconds since 1970, `body` and `answer` are as they were sent, and empty where they are not kept.
    `digest` is that of a token that was not accepted; the organization is then the one in the address, if any.
    """

    at: float
    seconds: float
    id: str
    request_id: str
    organization_id: UUID | None
    connection_id: UUID | None
    token_id: UUID | None
    digest: bytes | None
    method: str
    path: str
    status: int
    resource_id: str
    quirks: tuple[str, ...]
    address: str | None
    agent: str
    body: bytes
    body_size: int
    answer: bytes
    is_error: bool
    secrets: frozenset[str] = frozenset()
    is_kept: bool = True


def store_requests(entries: Sequence[Entry]) -> int:
    """Write the entries and count them in one transaction. Returns the number of counted entries.

    Entries of organizations that do not exist are left out; those that are not `is_kept` are only counted.
    """
    known = list(_of_organizations(entries))
    if not known:
        return 0
    kept = [entry for entry in known if entry.is_kept and settings.REQUEST_LOG_DAYS]
    rows = [_row(entry) for entry in kept]
    sizes = dict(zip((entry.id for entry in kept), map(len, rows), strict=True))
    failures = [_failure(entry) for entry in known if entry.is_error and entry.resource_id and entry.token_id]
    with transaction.atomic():
        if rows:
            copy_rows(sql.COPY_REQUESTS, "".join(rows))
        execute(sql.COUNT_REQUESTS, {"counts": _json(_counts(known, sizes))})
        if failures:
            execute(sql.NOTE_ERRORS, {"errors": _json(failures)})
        if successes := [_success(entry) for entry in known if not entry.is_error and entry.resource_id]:
            execute(sql.CLEAR_ERRORS, {"successes": _json(successes)})
        if deleted := [UUID(entry.resource_id) for entry in known if entry.method == "DELETE" and entry.resource_id]:
            execute(sql.FORGET_DELETED, {"resources": deleted})
    return len(known)


def _of_organizations(entries: Iterable[Entry]) -> Iterable[Entry]:
    """The entries, those without an accepted token under the organization that their token or their address names."""
    entries = list(entries)
    strange = [entry for entry in entries if entry.token_id is None]
    if not strange:
        return entries
    digests = [entry.digest for entry in strange if entry.digest]
    rows = fetch_rows(sql.REFUSED_TOKENS, {"digests": digests}) if digests else []
    tokens = {bytes(digest): named for digest, *named in rows}
    addressed = {entry.organization_id for entry in strange if entry.organization_id}
    there = set(Organization.objects.filter(pk__in=addressed).values_list("pk", flat=True)) if addressed else set()
    return [found for entry in entries if (found := _placed(entry, tokens, there))]


def _placed(entry: Entry, tokens: Mapping[bytes, list[UUID]], there: set[UUID]) -> Entry | None:
    if entry.token_id is not None:
        return entry
    if entry.digest and (named := tokens.get(entry.digest)):
        _, organization_id, connection_id = named
        return entry._replace(organization_id=organization_id, connection_id=connection_id)
    return entry if entry.organization_id in there else None


def _row(entry: Entry) -> str:
    """One line in PostgreSQL's text format of COPY."""
    body = _kept_text(without_secrets(entry.body, entry.secrets)) if entry.body else ""
    answer = _kept_text(without_secrets(entry.answer, entry.secrets)) if entry.answer else ""
    scim_type = _told(entry).get("scimType", "") if entry.is_error else ""
    moment = datetime.fromtimestamp(entry.at, UTC).isoformat()
    quirks = ",".join(entry.quirks)
    return (
        f"{entry.organization_id}\t{entry.id}\t{moment}\t{entry.connection_id or NULL}\t{entry.token_id or NULL}\t"
        f"{entry.method[:8]}\t{_escaped(entry.path[:MOST_PATH])}\t{entry.status}\t{entry.seconds * 1_000:.1f}\t"
        f"{entry.request_id}\t{entry.resource_id or NULL}\t{_escaped(str(scim_type))}\t{{{quirks}}}\t"
        f"{entry.address or NULL}\t{_escaped(entry.agent[:200])}\t{body}\t{answer}\t{entry.body_size}\n"
    )


NULL = "\\N"


def _kept_text(text: bytes) -> str:
    return _escaped(text[:MOST_TEXT].decode(errors="ignore"))


def _escaped(text: str) -> str:
    text = text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    return text.replace("\0", "") if "\0" in text else text


def _told(entry: Entry) -> Mapping[str, Any]:
    """The error in the response."""
    with suppress(orjson.JSONDecodeError):
        found = orjson.loads(entry.answer)
        if isinstance(found, dict):
            return found
    return {}


def _counts(entries: Iterable[Entry], sizes: Mapping[str, int]) -> list[dict[str, Any]]:
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
        count["last_at"] = _moment(count["last_at"])
    return list(counts.values())


def _nothing(entry: Entry) -> dict[str, Any]:
    counted: dict[str, Any] = dict.fromkeys(("requests", "errors", "dropped", "rows", "size"), 0)
    return counted | {
        "organization_id": entry.organization_id,
        "hour": _moment(entry.at // 3_600 * 3_600),
        "connection_id": entry.connection_id,
        "quirks": set(),
        "last_at": entry.at,
        "last_status": entry.status,
        "last_error_id": None,
    }


def _failure(entry: Entry) -> dict[str, Any]:
    told = _told(entry)
    return _success(entry) | {
        "connection_id": entry.connection_id,
        "request": entry.id,
        "status": entry.status,
        "scim_type": str(told.get("scimType", "")),
        "detail": str(told.get("detail", ""))[:500].replace("\0", ""),
    }


def _success(entry: Entry) -> dict[str, Any]:
    return {
        "resource_id": entry.resource_id,
        "organization_id": entry.organization_id,
        "at": _moment(entry.at),
    }


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def _json(rows: list[dict[str, Any]]) -> str:
    return orjson.dumps(rows).decode()


def reveal_request(entry: ScimRequest, *, actor: Actor) -> None:
    """Record that the actor sees the personal values of this entry."""
    target = Target(entry.organization_id, TargetType.REQUEST, str(entry.id), f"{entry.method} {entry.status}")
    record(AuditAction.REQUEST_REVEALED, target=target, content=EventContent(), actor=actor)


def sweep_requests() -> int:
    """Delete entries older than REQUEST_LOG_DAYS, and the oldest of organizations with too many rows or bytes.

    Returns the number of deleted entries.
    """
    limits = {"rows": settings.REQUEST_LOG_ROWS, "size": settings.REQUEST_LOG_MEGABYTES * 1_000_000}
    oldest = clock.machine_now() - timedelta(days=settings.REQUEST_LOG_DAYS)
    swept: Counter[str] = Counter()
    for organization_id, full_at in fetch_rows(sql.OVERFULL, limits):
        before = max(oldest, full_at + timedelta(hours=1)) if full_at else oldest
        swept["rows"] += _forget(organization_id, before)
    RequestHour.objects.filter(hour__lt=Now() - timedelta(days=COUNTED_DAYS)).delete()
    ProvisioningError.objects.filter(at__lt=Now() - timedelta(days=max(settings.REQUEST_LOG_DAYS, 1))).delete()
    return swept["rows"]


def _forget(organization_id: UUID, before: datetime) -> int:
    """Delete the organization's entries from before this time, in batches that lock few rows."""
    params: dict[str, Any] = {"organization": organization_id, "before": first_id(before), "most": SWEPT_AT_ONCE}
    total = 0
    while True:
        swept = count_changed(sql.FORGET_OLD_REQUESTS, params)
        total += swept
        if swept < SWEPT_AT_ONCE:
            break
    execute(sql.EMPTY_HOURS, {"organization": organization_id, "before": before})
    return total


def first_id(moment: datetime) -> UUID:
    """The lowest id of a request at this time (RFC 9562 §5.7)."""
    return UUID(int=int(moment.timestamp() * 1_000) << 80)
