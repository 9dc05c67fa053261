"""Exports of the log as CSV and JSON Lines, written in portions so that memory use is constant.

The last line has the number of events and the checkpoint that was the newest when the export began. A file without it
is incomplete.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from audit.documents import documents
from audit.lists.pages import load_page
from audit.lists.places import Place
from audit.lists.questions import Questions
from audit.models import AuditEvent
from audit.tree import newest_note
from controlhub.models import Organization
from controlhub.user_files.cells import written
from controlhub.user_files.exports import BOM, csv_text

PORTION = 500
COLUMNS = (
    *("id", "created", "service", "category", "activity", "result", "reason", "summary"),
    *("actor.kind", "actor.id", "actor.name", "actor.role", "actor.address", "actor.connectionId"),
    *("target.type", "target.id", "target.name", "requestId", "parentId", "changes", "details"),
)
"""The columns of the CSV file, as paths in the document of an event."""


@dataclass(slots=True)
class Tally:
    """The number of events that an export has read."""

    events: int = 0


def csv_lines(organization: Organization, questions: Questions, query: str, tally: Tally) -> Iterator[str]:
    note = newest_note(organization.pk)
    yield BOM + csv_text([list(COLUMNS)])
    number = 0
    for events in portions(questions, tally, size=PORTION):
        number += len(events)
        yield csv_text([[_cell(document, place) for place in COLUMNS] for document in documents(organization, events)])
    head = " ".join(note.split("\n")[:3]) if note else "none"
    yield csv_text([["# end of file", f"{number} events", written(f"filter: {query}"), f"checkpoint: {head}"]])


def json_lines(organization: Organization, questions: Questions, query: str, tally: Tally) -> Iterator[str]:
    note = newest_note(organization.pk)
    number = 0
    for events in portions(questions, tally, size=PORTION):
        number += len(events)
        yield "".join(orjson.dumps(document).decode() + "\n" for document in documents(organization, events))
    yield orjson.dumps({"trailer": {"count": number, "filter": query, "checkpoint": note}}).decode() + "\n"


def portions(questions: Questions, tally: Tally, *, size: int) -> Iterator[Sequence[AuditEvent]]:
    """All events, newest first, at most `size` at a time."""
    place = Place()
    while True:
        page = load_page(questions, place, size=size)
        if page.events:
            tally.events += len(page.events)
            yield page.events
        if not page.has_older:
            return
        last = page.events[-1]
        place = Place(last.created_at, last.pk)


def _cell(document: dict[str, Any], place: str) -> str:
    """A value of the document as a cell that spreadsheets do not interpret as a formula."""
    value: Any = document
    for name in place.split("."):
        value = value[name]
    if value is None or value == "":
        return ""
    return written(value if isinstance(value, str) else orjson.dumps(value).decode())
