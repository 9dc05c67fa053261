"""`GET /v1/audit/openapi.json`: the OpenAPI 3.1 description of these endpoints."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from audit.api.access import reads_log, respond
from audit.api.events import MOST, MOST_SECONDS
from audit.api.webex import MOST_ADMIN, MOST_SECURITY, SECURITY
from audit.lists.criteria import DATES, FILTERS
from audit.lists.periods import LAST
from audit.vocabulary import Category, Result, Service
from scim.api.authentication import Caller

_TEXT: dict[str, Any] = {"type": "string"}
_TIME = {"type": "string", "format": "date-time"}
_CHOICES: dict[str, list[str]] = {"service": list(Service), "category": list(Category), "status": list(Result)}


@reads_log
def description(request: HttpRequest, _caller: Caller) -> HttpResponse:
    return respond(
        {
            "openapi": "3.1.0",
            "info": {"title": "Audit log", "version": "1.0"},
            "servers": [{"url": request.build_absolute_uri("/v1")}],
            "security": [{"token": []}],
            "paths": {
                "/audit/events": _path("listAuditEvents", _OWN, "AuditEvents"),
                "/adminAudit/events": _path("listAdminAuditEvents", _ADMIN, "WebexEvents"),
                "/adminAudit/eventCategories": _path("listAdminAuditEventCategories", [], "Categories"),
                "/admin/securityAudit/events": _path("listSecurityAuditEvents", _SECURITY, "WebexEvents"),
            },
            "components": {
                "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
                "schemas": _SCHEMAS,
            },
        }
    )


def _path(operation: str, parameters: list[dict[str, Any]], answer: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{answer}"}}}
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    refusals = {
        400: "A parameter is not valid",
        401: "The token is missing or not valid",
        403: "The token does not have the scope audit:read",
        429: "Too many requests; retry after the time in Retry-After",
    }
    responses: dict[str, Any] = {"200": {"description": "Events", "content": content}}
    responses |= {str(status): {"description": text, "content": error} for status, text in refusals.items()}
    return {"get": {"operationId": operation, "parameters": parameters, "responses": responses}}


def _parameter(name: str, schema: dict[str, Any], text: str, *, is_required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": is_required, "description": text, "schema": schema}


def _number(most: int, *, least: int = 1) -> dict[str, Any]:
    return {"type": "integer", "minimum": least, "maximum": most}


def _list_of(choices: list[str] | None) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "string", "enum": choices} if choices else _TEXT}


def _filter(name: str) -> dict[str, Any]:
    return _parameter(name, _list_of(_CHOICES.get(name)), "Events with one of these values.")


_DATES = [_parameter(name, _TEXT, "A day or a moment.") for name in DATES if name != "date"]
_OWN = [
    *(_filter(name) for name in FILTERS),
    _parameter("not", _list_of(list(FILTERS)), "Filters whose values events must not have."),
    _parameter("date", {"type": "string", "enum": list(LAST)}, "A period before now."),
    *_DATES,
    _parameter("q", _TEXT, "A name, an email address or an id."),
    _parameter("tab", {"type": "string", "enum": ["provisioning", "sign-ins"]}, "One of the tabs of the page."),
    _parameter("limit", _number(MOST), "Events in the response."),
    _parameter("before", {"type": "string", "format": "uuid"}, "The last event of the previous page."),
    _parameter("since", _TEXT, "Events recorded after this position, oldest first. Empty means all events."),
    _parameter("wait", _number(MOST_SECONDS, least=0), "With since: seconds to wait for an event."),
]


def _webex(first: str, last: str, most: int, categories: list[str]) -> list[dict[str, Any]]:
    return [
        _parameter("orgId", {"type": "string", "format": "uuid"}, "The organization.", is_required=True),
        _parameter(first, _TIME, "Events from this moment on.", is_required=True),
        _parameter(last, _TIME, "Events before this moment.", is_required=True),
        _parameter("actorId", _TEXT, "Events by this person."),
        _parameter("max", _number(most), "Events in the response."),
        _parameter("offset", {"type": "integer", "minimum": 0}, "Events to skip. Follow the Link header instead."),
        _parameter("eventCategories", _TEXT, f"Separated by commas: {', '.join(categories)}."),
    ]


_ADMIN = _webex("from", "to", MOST_ADMIN, list(Category))
_SECURITY = _webex("startTime", "endTime", MOST_SECURITY, list(SECURITY))
_ITEMS = {"type": "array", "items": {"type": "object"}}
_SCHEMAS: dict[str, Any] = {
    "AuditEvents": {
        "type": "object",
        "required": ["items", "since"],
        "properties": {
            "items": {"type": "array", "items": {"$ref": "#/components/schemas/AuditEvent"}},
            "before": {"type": ["string", "null"]},
            "since": _TEXT,
            "hasMore": {"type": "boolean"},
        },
    },
    "AuditEvent": {
        "type": "object",
        "properties": {
            **dict.fromkeys(("id", "service", "category", "activity", "action", "result", "reason"), _TEXT),
            "created": _TIME,
            "summary": _TEXT,
            "actor": {"type": "object"},
            "target": {"type": "object"},
            "requestId": _TEXT,
            "parentId": {"type": ["string", "null"]},
            "changes": _ITEMS,
            "details": {"type": "object"},
        },
    },
    "WebexEvents": {"type": "object", "required": ["items"], "properties": {"items": _ITEMS}},
    "Categories": {"type": "object", "properties": {"eventCategories": {"type": "array", "items": _TEXT}}},
    "Error": {
        "type": "object",
        "properties": {"message": _TEXT, "errors": _ITEMS, "trackingId": _TEXT},
    },
}
