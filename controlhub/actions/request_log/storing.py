"""Entries are written in batches, away from the requests."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.db import transaction

from controlhub.actions.request_log.counting import counts_of, failure_of, success_of
from controlhub.actions.request_log.entries import Entry, error_of, moment
from controlhub.actions.request_log.refusing import UNAUTHORIZED, record_refused_requests
from controlhub.models import Organization
from controlhub.sql import request_log as sql
from controlhub.sql.statements import copy_rows, execute, fetch_rows
from controlhub.text.secrets_in_json import without_secrets

MOST_TEXT = 4_096
"""Characters of a body that are kept."""
MOST_PATH = 1_000
NULL = "\\N"


def store_requests(entries: Sequence[Entry]) -> int:
    """Write the entries and count them in one transaction; then record what was refused. Returns their number.

    Entries of organizations that do not exist are left out; those that are not `is_kept` are only counted.
    """
    known = list(_of_organizations(entries))
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
        if successes := [success_of(entry) for entry in known if not entry.is_error and entry.resource_id]:
            execute(sql.CLEAR_ERRORS, {"successes": _json(successes)})
        if deleted := [UUID(entry.resource_id) for entry in known if entry.method == "DELETE" and entry.resource_id]:
            execute(sql.FORGET_DELETED, {"resources": deleted})
    if refused := [entry for entry in known if entry.refused or entry.status == UNAUTHORIZED]:
        record_refused_requests(refused)
    return len(known)


def _of_organizations(entries: Iterable[Entry]) -> Iterable[Entry]:
    """The entries of organizations that exist.

    One without an accepted token comes under the organization that its token or its address names.
    """
    entries = list(entries)
    digests = [entry.digest for entry in entries if entry.token_id is None and entry.digest]
    rows = fetch_rows(sql.REFUSED_TOKENS, {"digests": digests}) if digests else []
    tokens = {bytes(digest): named for digest, *named in rows}
    addressed = {entry.organization_id for entry in entries if entry.organization_id}
    there = set(Organization.objects.filter(pk__in=addressed).values_list("pk", flat=True)) if addressed else set()
    return [found for entry in entries if (found := _placed(entry, tokens, there))]


def _placed(entry: Entry, tokens: Mapping[bytes, list[UUID]], there: set[UUID]) -> Entry | None:
    if entry.token_id is None and entry.digest and (named := tokens.get(entry.digest)):
        _, organization_id, connection_id = named
        return entry._replace(organization_id=organization_id, connection_id=connection_id)
    return entry if entry.organization_id in there else None


def _row(entry: Entry) -> str:
    """One line in PostgreSQL's text format of COPY."""
    body = _kept_text(without_secrets(entry.body, entry.secrets)) if entry.body else ""
    answer = _kept_text(without_secrets(entry.answer, entry.secrets)) if entry.answer else ""
    scim_type = error_of(entry).get("scimType", "") if entry.is_error else ""
    at, quirks = moment(entry.at), ",".join(entry.quirks)
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
