"""Access to the log over HTTP, and errors in the form of Webex's REST APIs."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from audit.lists import InvalidFilterError
from controlhub.middleware.api_errors import error_document
from controlhub.middleware.request_ids import request_id
from controlhub.models import Scope
from controlhub.user_lists import TooBroadError
from scim.api.authentication import Caller, authenticate
from scim.api.throttling import Throttle
from scim.protocol.errors import ScimError, TooManyRequests, Unauthorized

Answer = Callable[[HttpRequest, Caller], HttpResponse]
RATE = 10.0
"""Requests per second of one token."""
THROTTLE = Throttle(RATE)


class RequestError(Exception):
    """What is wrong with a request: a status and a sentence."""

    def __init__(self, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


def reads_log(answer: Answer) -> Callable[..., HttpResponse]:
    """GET with a token that has the scope `audit:read`."""

    @wraps(answer)
    def view(request: HttpRequest, **_named: Any) -> HttpResponse:
        try:
            caller = authenticate(request)
            if request.method not in {"GET", "HEAD"}:
                return HttpResponseNotAllowed(["GET"])
            if Scope.AUDIT_READ not in caller.scopes or caller.is_paused:
                raise RequestError(f"This request needs a token with the scope {Scope.AUDIT_READ}.", status=403)
            THROTTLE.take(caller.actor.id)
            return answer(request, caller)
        except (RequestError, InvalidFilterError, TooBroadError, ScimError) as error:
            return _refused(error)

    return view


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
