"""Reads whole tables of the log in pages, to check them, and describes the faults found."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet

CHUNK = 2_000
M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault in the log. `event_id` is the first event concerned; None if unknown."""

    event_id: UUID | None
    problem: str


def chunks(rows: QuerySet[M], column: str) -> Iterator[list[M]]:
    """The rows in chunks, in the order of a number that is unique among them.

    Uses keyset pagination, because a server-side cursor needs its own session, which a connection pooler does not give.
    """
    after = -1
    while chunk := list(rows.filter(**{f"{column}__gt": after}).order_by(column)[:CHUNK]):
        yield chunk
        after = getattr(chunk[-1], column)
