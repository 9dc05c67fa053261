"""Writes entries in batches, outside of requests."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.db import transaction

from controlhub.actions.request_log.counting import counts_of, failure_of, success_of
from controlhub.actions.request_log.entries import Entry, error_of
from controlhub.actions.request_log.refusing import UNAUTHORIZED, record_refused_requests
from controlhub.sql import request_log as sql
from controlhub.sql.statements import copy_rows, execute, fetch_rows
from controlhub.text.identifiers import id_text
from controlhub.text.moments import stored_moment
from controlhub.text.secrets_in_json import without_secrets

MOST_TEXT = 4_096
"""The number of bytes of a body that are kept."""
MOST_PATH = 1_000
NULL = "\\N"


def store_requests(entries: Sequence[Entry]) -> int:
    """Write the entries and count them in one transaction, then record refusals. Returns the number of entries.

    Entries of organizations that do not exist are ignored. Entries that are not `is_kept` are only counted.
    """
    placed = _placed(entries)
    organizations = _organizations(placed)
    known = [entry for entry in placed if entry.organization_id in organizations]
    if not known:
        return 0
    kept = [entry for entry in known if entry.is_kept and settings.REQUEST_LOG_DAYS]
    rows = [_row(entry) for entry in kept]
    sizes = dict(zip((entry.id for entry in kept), map(len, rows), strict=True))
    failures = [failure_of(entry) for entry in known if entry.is_error and entry.resource_id and entry.token_id]
    with transaction.atomic():
        if rows:
            copy_rows(sql.COPY_REQUESTS, "".join(rows))
        execute(sql.COUNT_REQUESTS, {"counts": _json(counts_of(known, sizes))})
        if failures:
            execute(sql.NOTE_ERRORS, {"errors": _json(failures)})
        with_errors = {name for name, has_errors in organizations.items() if has_errors or failures}
        if successes := [success_of(entry) for entry in known if _may_end_an_error(entry, with_errors)]:
            execute(sql.CLEAR_ERRORS, {"successes": _json(successes)})
        if deleted := [UUID(entry.resource_id) for entry in known if entry.method == "DELETE" and entry.resource_id]:
            execute(sql.FORGET_DELETED, {"resources": deleted})
    if refused := [entry for entry in known if entry.refused or entry.status == UNAUTHORIZED]:
        record_refused_requests(refused)
    return len(known)


def _placed(entries: Sequence[Entry]) -> list[Entry]:
    """Returns the entries. An entry whose token was not accepted gets the organization of that token, if it is known.

    Otherwise it keeps the organization in its URL.
    """
    digests = [entry.digest for entry in entries if entry.token_id is None and entry.digest]
    if not digests:
        return list(entries)
    tokens = {bytes(digest): named for digest, *named in fetch_rows(sql.REFUSED_TOKENS, {"digests": digests})}
    return [_placed_by_token(entry, tokens) for entry in entries]


def _placed_by_token(entry: Entry, tokens: Mapping[bytes, list[UUID | None]]) -> Entry:
    named = tokens.get(entry.digest) if entry.token_id is None and entry.digest else None
    if named is None:
        return entry
    organization_id, connection_id = (str(found) if found else None for found in named[1:])
    return entry._replace(organization_id=organization_id, connection_id=connection_id)


def _organizations(entries: Iterable[Entry]) -> dict[str | None, bool]:
    """Returns the organizations of the entries that exist, and whether any of their resources has an error."""
    named = {entry.organization_id for entry in entries} - {None}
    found = fetch_rows(sql.ORGANIZATIONS, {"organizations": list(named)}) if named else []
    return {id_text(organization_id): has_errors for organization_id, has_errors in found}


def _may_end_an_error(entry: Entry, organizations: AbstractSet[str | None]) -> bool:
    """Whether the request was executed. A request that a pause refused is not an error, but not a success either."""
    return bool(entry.resource_id) and entry.status < 400 and entry.organization_id in organizations


def _row(entry: Entry) -> str:
    """Returns a line in PostgreSQL's text format of COPY."""
    body = _kept_text(without_secrets(entry.body, entry.secrets)) if entry.body else ""
    answer = _kept_text(without_secrets(entry.answer, entry.secrets)) if entry.answer else ""
    scim_type = error_of(entry).get("scimType", "") if entry.is_error else ""
    at, quirks = stored_moment(entry.at), ",".join(entry.quirks)
    return (
        f"{entry.organization_id}\t{entry.id}\t{at}\t{entry.connection_id or NULL}\t{entry.token_id or NULL}\t"
        f"{entry.method[:8]}\t{_escaped(entry.path[:MOST_PATH])}\t{entry.status}\t{entry.seconds * 1_000:.1f}\t"
        f"{entry.request_id}\t{entry.resource_id or NULL}\t{_escaped(str(scim_type))}\t{{{quirks}}}\t"
        f"{entry.address or NULL}\t{_escaped(entry.agent[:200])}\t{body}\t{answer}\t{entry.body_size}\n"
    )


def _kept_text(text: bytes) -> str:
    return _escaped(text[:MOST_TEXT].decode(errors="ignore"))


def _escaped(text: str) -> str:
    text = text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    return text.replace("\0", "") if "\0" in text else text


def _json(rows: list[dict[str, Any]]) -> str:
    return orjson.dumps(rows).decode()
