"""Reading the log as it grows: every event once, in the order of transactions, none missed.

`created_at` is when a transaction began, so a cursor on it would miss one that commits late. A position is a
transaction and an event in it; only transactions are read that are older than every one still open.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from audit.lists.questions import Question
from audit.models import AuditEvent
from audit.personal import attach
from controlhub.sql.audit_lists import following, newest_transaction

FIRST_ID = UUID(int=0)
WINDOW = 2_000
"""Events of all organizations that one call looks at."""


@dataclass(frozen=True, slots=True)
class Position:
    """After this event of this transaction."""

    transaction: int = 0
    event_id: UUID = FIRST_ID

    @classmethod
    def now(cls) -> "Position":
        """After everything that has been committed and can be read in order."""
        return cls(newest_transaction())

    @classmethod
    def decoded(cls, text: str) -> "Position":
        """ValueError if the text is not a position."""
        try:
            raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except binascii.Error as error:
            raise ValueError(text) from error
        if len(raw) != 24:
            raise ValueError(text)
        transaction = int.from_bytes(raw[:8])
        if transaction >= 2**63:
            raise ValueError(text)
        return cls(transaction, UUID(bytes=raw[8:]))

    def encoded(self) -> str:
        return urlsafe_b64encode(self.transaction.to_bytes(8) + self.event_id.bytes).decode().rstrip("=")


def follow(question: Question, position: Position, *, most: int) -> tuple[Sequence[AuditEvent], Position, bool]:
    """The next events, at most `most`, where to go on, and whether more may follow at once."""
    rows = following(
        question.conditions,
        question.params,
        transaction=position.transaction,
        event_id=position.event_id,
        most=WINDOW,
    )
    ids: list[UUID] = []
    for pk, transaction, is_wanted in rows:
        if len(ids) == most:
            return _events(ids), position, True
        if is_wanted:
            ids.append(pk)
        position = Position(int(transaction), pk)
    return _events(ids), position, len(rows) == WINDOW


def _events(ids: Sequence[UUID]) -> list[AuditEvent]:
    found = AuditEvent.objects.in_bulk(list(ids)) if ids else {}
    return attach(found[pk] for pk in ids)
