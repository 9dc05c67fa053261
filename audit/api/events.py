"""`GET /v1/audit/events`: takes the page's filters; `before` pages to older events, `since` to new ones.

With `wait`, a request for new events is answered as soon as there are some, or after that many seconds.
"""

import time
from threading import BoundedSemaphore
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import translation

from audit.api.access import RequestError, reads_log, respond
from audit.documents import documents
from audit.lists import Criteria, Place, load_page
from audit.lists.following import end_of, follow
from audit.lists.questions import general_question, questions_of
from audit.models import AuditEvent
from controlhub.models import Organization
from scim.api.authentication import Caller

USUAL, MOST = 100, 1_000
MOST_SECONDS = 20
DIGITS = 12
MOST_EVENTS = 10**DIGITS - 1
PAUSE_SECONDS = 1.0
PARAMETERS = ("limit", "before", "since", "wait")
WAITING = BoundedSemaphore(2)
"""Limits how many requests wait at the same time in one process, because each holds a thread."""


@reads_log
def event_collection(request: HttpRequest, caller: Caller) -> HttpResponse:
    query = request.GET
    with translation.override("en"):
        criteria = Criteria.read(query, also=PARAMETERS)
    limit = whole_number(query, "limit", usual=USUAL, least=1, most=MOST)
    if "since" in query:
        return respond(_new_events(caller.organization, criteria, query, limit))
    return respond(_old_events(caller.organization, criteria, query, limit))


def whole_number(query: QueryDict, name: str, *, usual: int, least: int, most: int) -> int:
    text = query.get(name, "")
    if not text:
        return usual
    if not text.isascii() or not text.isdigit() or len(text) > DIGITS or not least <= int(text) <= most:
        raise RequestError(f"{name}: Give a number from {least} to {most}.")
    return int(text)


def _old_events(organization: Organization, criteria: Criteria, query: QueryDict, limit: int) -> dict[str, Any]:
    """Newest first. `before` is the id of the last event of the previous page; `since` is for requesting new events.

    Sealing takes seconds. An event that is not sealed yet is in this response and is returned again with `since`.
    """
    since = end_of(organization)
    page = load_page(questions_of(organization, criteria), place_of(organization, query.get("before", "")), size=limit)
    items = documents(organization, page.events)
    return {"items": items, "before": items[-1]["id"] if page.has_older else None, "since": str(since)}


def place_of(organization: Organization, event_id: str) -> Place:
    if not event_id:
        return Place()
    try:
        event = AuditEvent.objects.in_organization(organization).get(pk=UUID(event_id))
    except (ValueError, AuditEvent.DoesNotExist):
        raise RequestError("before: There is no event with this id.") from None
    return Place(event.created_at, event.pk)


def _new_events(organization: Organization, criteria: Criteria, query: QueryDict, limit: int) -> dict[str, Any]:
    """Oldest first, in the order in which they were sealed. `hasMore` means that more events are available now."""
    if criteria.q or "before" in query:
        raise RequestError("since: Use it without q and before.")
    position = whole_number(query, "since", usual=0, least=0, most=MOST_EVENTS)
    question, _is_cut = general_question(organization, criteria)
    until = time.monotonic() + whole_number(query, "wait", usual=0, least=0, most=MOST_SECONDS)
    may_wait = WAITING.acquire(blocking=False)
    try:
        while True:
            events, position, has_more = follow(question, position, most=limit)
            if events or has_more or not may_wait or time.monotonic() >= until:
                break
            time.sleep(PAUSE_SECONDS)
    finally:
        if may_wait:
            WAITING.release()
    return {"items": documents(organization, events), "since": str(position), "hasMore": has_more}
