"""Records tokens that are used from a new address in the audit log, where an alert can react.

Requests only queue their use (`scim.api.request_log`). A batch needs no statement if this process has seen all of its
tokens at their addresses within the last hour, and one statement otherwise.
"""

import ipaddress
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

import orjson
from cachetools import LRUCache
from django.db import DatabaseError

from audit.actor import Actor
from audit.record import EventContent, Target
from audit.vocabulary import AuditAction, TargetType
from controlhub.actions.repeats import Happening, record_repeated
from controlhub.models import TokenAddress
from controlhub.sql.statements import fetch_rows
from controlhub.sql.token_addresses import NEW_AFTER_DAYS, NOTE_ADDRESSES
from controlhub.text.moments import stored_moment

NOTED_FOR_SECONDS = 3_600.0
REMEMBERED = 10_000
IPV6_NETWORK = 64


class TokenUse(NamedTuple):
    """A token was accepted at `at`, in seconds since 1970. The actor has the token's name and the client's address."""

    at: float
    organization_id: UUID
    token_id: UUID
    actor: Actor


class SeenAddresses:
    """The uses that this process has recorded, so that each is recorded only once an hour."""

    def __init__(self) -> None:
        self._seen: LRUCache[tuple[UUID, str], float] = LRUCache(REMEMBERED)

    def note(self, uses: Iterable[TokenUse]) -> int:
        """Record from where tokens were used, with events for new addresses. Returns the number of those."""
        fresh: dict[tuple[str, str], TokenUse] = {}
        for use in uses:
            address = network_of(use.actor.address)
            if address and use.at - self._seen.get((use.token_id, address), 0.0) >= NOTED_FOR_SECONDS:
                fresh.setdefault((str(use.token_id), address), use)
        if not fresh:
            return 0
        rows = [
            {"token_id": token, "address": address, "at": stored_moment(use.at)}
            for (token, address), use in fresh.items()
        ]
        found = fetch_rows(NOTE_ADDRESSES, {"uses": orjson.dumps(rows).decode(), "days": NEW_AFTER_DAYS})
        try:
            record_repeated(_happening(fresh[(token, address)], address) for token, address in found)
        except DatabaseError:
            _forget(found)
            raise
        for (_, address), use in fresh.items():
            self._seen[(use.token_id, address)] = use.at
        return len(found)


def _forget(uses: Sequence[tuple[str, str]]) -> None:
    """Delete these addresses, so that they count as new again: their event could not be recorded."""
    for token, address in uses:
        TokenAddress.objects.filter(token_id=UUID(token), address=address).delete()


@lru_cache(maxsize=REMEMBERED)
def network_of(address: str | None) -> str:
    """Returns an IPv4 address unchanged, the network address of an IPv6 address's /64, or "" if it is not valid."""
    try:
        parsed = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, IPV6_NETWORK), strict=False).network_address)


def _happening(use: TokenUse, address: str) -> Happening:
    target = Target(use.organization_id, TargetType.TOKEN, str(use.token_id), use.actor.label)
    content = EventContent(details={"days": NEW_AFTER_DAYS})
    return Happening(AuditAction.TOKEN_AT_NEW_ADDRESS, target, use.actor, (use.token_id, address), content, use.at)
