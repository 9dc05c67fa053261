"""The log in the format of Webex's public APIs, so that programs written for them only need a different host.

Parameters and items follow the reference of "Admin Audit Events" and "Security Audit Events" (developer.webex.com).
Differences: ids are those of Control Hub, and the categories of admin audit events are those of this log.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import translation
from django.utils.dateparse import parse_datetime

from audit.api.access import RequestError, reads_log, respond
from audit.api.events import place_of, whole_number
from audit.lists import Criteria, Page, Place, load_page
from audit.lists.activities import ADMIN, SIGN_INS
from audit.lists.periods import Period
from audit.lists.questions import Questions, questions_of
from audit.models import AuditEvent
from audit.sentences import Described, Sentences
from audit.vocabulary import AuditAction, Category, Result
from controlhub.models import Organization
from controlhub.sql.audit_lists import at_offset
from scim.api.authentication import Caller

USUAL = 100
MOST_ADMIN, MOST_SECURITY = 200, 1_000
MOST_OFFSET = 10**9
MOST_COUNTED_OFFSET = 100_000
"""The maximum offset without `before`, because the database has to count the skipped events."""
LONGEST = timedelta(days=366)
LOGINS, LOGOUT = "LOGINS", "LOGOUT"
SECURITY = {LOGINS: "Sign in", LOGOUT: "Sign out"}
"""The categories of security audit events, and their activities here."""
BEFORE = "before"
"""The parameter in the next page's URL with the last event of this page, so that no event is skipped or repeated."""


@reads_log
def admin_events(request: HttpRequest, caller: Caller) -> HttpResponse:
    query = request.GET
    require_known(query, "orgId", "from", "to", "actorId", "max", "offset", "eventCategories", BEFORE)
    categories = listed(query, "eventCategories", {category.value for category in Category})
    values = {"category": categories} if categories else {}
    criteria = _criteria(query, caller.organization, "from", "to", tab=ADMIN, values=values)
    return _collection(request, caller.organization, criteria, most=MOST_ADMIN)


@reads_log
def admin_categories(request: HttpRequest, _caller: Caller) -> HttpResponse:
    require_known(request.GET)
    return respond({"eventCategories": [category.value for category in Category]})


@reads_log
def security_events(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Sign-ins and sign-outs."""
    query = request.GET
    require_known(query, "orgId", "startTime", "endTime", "actorId", "max", "offset", "eventCategories", BEFORE)
    categories = listed(query, "eventCategories", set(SECURITY))
    values = {"activity": tuple(SECURITY[name] for name in categories)} if categories else {}
    criteria = _criteria(query, caller.organization, "startTime", "endTime", tab=SIGN_INS, values=values)
    return _collection(request, caller.organization, criteria, most=MOST_SECURITY)


def require_known(query: QueryDict, *names: str) -> None:
    for name in query:
        if name not in names:
            raise RequestError(f"There is no parameter {name[:100]}.")


def listed(query: QueryDict, name: str, known: set[str]) -> tuple[str, ...]:
    """The values of a comma-separated parameter."""
    found = tuple(dict.fromkeys(text for text in query.get(name, "").split(",") if text))
    for text in found:
        if text not in known:
            raise RequestError(f"{name}: There is no category {text[:100]}. Choose from {', '.join(sorted(known))}.")
    return found


def _criteria(
    query: QueryDict,
    organization: Organization,
    first: str,
    last: str,
    *,
    tab: str,
    values: dict[str, tuple[str, ...]],
) -> Criteria:
    if query.get("orgId", "").lower() != str(organization.pk):
        raise RequestError("orgId: Give the id of the token's organization.", status=400)
    since, until = _moment(query, first), _moment(query, last)
    if since >= until:
        raise RequestError(f"{last}: It must be after {first}.")
    if until - since > LONGEST:
        raise RequestError(f"{first}: At most one year of events is returned for a request.")
    if actor := query.get("actorId", ""):
        values = {**values, "initiated_by": (actor[:100],)}
    return Criteria(tab=tab, period=Period(since, until), values=values)


def _moment(query: QueryDict, name: str) -> datetime:
    text = query.get(name, "")
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise RequestError(f"{name}: Give a date and time, for example 2026-11-26T09:00:00.000Z.")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _collection(request: HttpRequest, organization: Organization, criteria: Criteria, *, most: int) -> HttpResponse:
    query = request.GET
    size = whole_number(query, "max", usual=USUAL, least=1, most=most)
    offset = whole_number(query, "offset", usual=0, least=0, most=MOST_OFFSET)
    questions = questions_of(organization, criteria)
    place = _place(organization, questions, query.get(BEFORE, ""), offset)
    page = load_page(questions, place, size=size) if place else Page([])
    with translation.override("en"):
        items = [_item(organization, one) for one in Sentences(organization, page.events).each()]
    response = respond({"items": items})
    if page.has_older:
        following = query.copy()
        following["offset"], following[BEFORE] = str(offset + size), str(page.events[-1].pk)
        response["Link"] = f'<{request.build_absolute_uri(request.path)}?{following.urlencode()}>; rel="next"'
    return response


def _place(organization: Organization, questions: Questions, before: str, offset: int) -> Place | None:
    """Where the page starts; None if there are no events there. The offset is ignored if there is a `before`."""
    if before:
        return place_of(organization, before)
    if not offset:
        return Place()
    if offset > MOST_COUNTED_OFFSET:
        problem = f"offset: At most {MOST_COUNTED_OFFSET} events can be skipped."
        raise RequestError(f"{problem} Follow the Link header of the page before.")
    question = questions.each[0]
    found = at_offset(question.conditions, question.params, offset=offset - 1)
    return Place(*found) if found else None


def _item(organization: Organization, described: Described) -> dict[str, Any]:
    event = described.event
    data = {
        "actorOrgName": organization.name,
        "actorName": described.origin.name or event.actor_label,
        "actorEmail": event.actor_label if "@" in event.actor_label else "",
        "actorIp": event.actor_address or "",
        "actorUserAgent": event.user_agent,
        "adminRoles": [event.actor_role] if event.actor_role else [],
        "targetOrgId": str(organization.pk),
        "targetOrgName": organization.name,
        "targetType": event.target_type.upper(),
        "targetId": event.target_id,
        "targetName": event.target_label,
        "eventCategory": _category(event),
        "eventDescription": event.activity,
        "actionText": described.text,
        "trackingId": event.request_id,
        "operationType": event.action,
        "changes": event.changes,
    }
    if event.result == Result.FAILURE:
        data["errorMessage"] = event.reason
    return {
        "id": str(event.pk),
        "actorOrgId": str(organization.pk),
        "actorId": event.actor_id,
        "created": event.created_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "data": data,
    }


def _category(event: AuditEvent) -> str:
    if event.action in {AuditAction.SIGNED_IN, AuditAction.SIGN_IN_FAILED}:
        return LOGINS
    return LOGOUT if event.action == AuditAction.SIGNED_OUT else event.category
