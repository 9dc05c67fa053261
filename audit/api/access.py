"""Access to the log over HTTP, and errors in the form of Webex's REST APIs."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from audit.lists import InvalidFilterError
from audit.record import EventContent
from audit.vocabulary import AuditAction, Result
from controlhub.actions.exports import reading
from controlhub.actions.organizations import audit_target
from controlhub.actions.repeats import Happening
from controlhub.actions.request_log import RefusedToken
from controlhub.actions.token_addresses import TokenUse
from controlhub.database import clock
from controlhub.middleware.api_errors import error_document
from controlhub.middleware.client_addresses import client_address
from controlhub.middleware.request_ids import request_id
from controlhub.models import Scope
from controlhub.user_lists import TooBroadError
from scim.api.authentication import Caller, authenticate
from scim.api.presented import presented_digest
from scim.api.request_log import REQUESTS
from scim.api.throttling import Throttle
from scim.protocol.errors import ScimError, TooManyRequests, Unauthorized

Answer = Callable[[HttpRequest, Caller], HttpResponse]
RATE = 10.0
"""Requests per second per token."""
THROTTLE = Throttle(RATE)


class RequestError(Exception):
    """A refused request, with an HTTP status and a message."""

    def __init__(self, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


def reads_log(answer: Answer) -> Callable[..., HttpResponse]:
    """Allow only GET and HEAD requests whose token has the scope `audit:read`."""

    @wraps(answer)
    def view(request: HttpRequest, **_named: Any) -> HttpResponse:
        try:
            caller = authenticate(request)
            REQUESTS.note_event(_use_of(caller))
            if request.method not in {"GET", "HEAD"}:
                return HttpResponseNotAllowed(["GET"])
            _require_scope(caller)
            THROTTLE.take(caller.actor.id)
            response = answer(request, caller)
            REQUESTS.note_event(reading(caller.organization, by="API", session=caller.token_id, actor=caller.actor))
            return response
        except (RequestError, InvalidFilterError, TooBroadError, ScimError) as error:
            if isinstance(error, Unauthorized):
                REQUESTS.note_event(_refused_token(request))
            return _refused(error)

    return view


def _use_of(caller: Caller) -> TokenUse:
    return TokenUse(clock.machine_now().timestamp(), caller.organization.pk, caller.token_id, caller.actor)


def _refused_token(request: HttpRequest) -> RefusedToken:
    at, agent = clock.machine_now().timestamp(), request.headers.get("User-Agent", "")
    return RefusedToken(at, presented_digest(request), None, client_address(request), agent, request_id())


def _require_scope(caller: Caller) -> None:
    """Raises RequestError if the token may not read the log. Refusals are recorded once an hour, with their number."""
    if Scope.AUDIT_READ in caller.scopes and not caller.is_paused:
        return
    message = f"This request needs a token with the scope {Scope.AUDIT_READ}."
    content = EventContent(result=Result.FAILURE, reason=message, details={"request": "GET /audit", "status": 403})
    target = audit_target(caller.organization)
    same = (caller.token_id, message)
    REQUESTS.note_event(Happening(AuditAction.REQUEST_REFUSED, target, caller.actor, same, content))
    raise RequestError(message, status=403)


def respond(document: object, *, status: int = 200) -> HttpResponse:
    response = HttpResponse(orjson.dumps(document), content_type="application/json", status=status)
    response["Cache-Control"] = "no-store"
    return response


def _refused(error: Exception) -> HttpResponse:
    message, status = _message(error)
    response = respond(error_document(message, request_id()), status=status)
    if isinstance(error, Unauthorized):
        response["WWW-Authenticate"] = 'Bearer realm="audit"'
    if isinstance(error, TooManyRequests):
        response["Retry-After"] = str(error.retry_after)
    return response


def _message(error: Exception) -> tuple[str, int]:
    if isinstance(error, RequestError):
        return error.message, error.status
    if isinstance(error, ScimError):
        return error.detail, error.status
    if isinstance(error, TooBroadError):
        return "The filters read too many events. Choose a shorter period.", 400
    return str(error), 400
