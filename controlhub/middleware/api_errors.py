"""Rules for every URL of an API: repeated slashes count as one, and errors are never HTML pages.

SCIM creates its own errors (`scim.api.errors`). All other errors have the form of Webex's REST APIs:
`{"message", "errors": [{"description"}], "trackingId"}`, with the request id as tracking id.
"""

import json
import re
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

from controlhub.middleware import GetResponse
from controlhub.middleware.request_ids import request_id

PREFIXES = ("/v1/", "/identity/", "/oauth/")
_SLASHES = re.compile("/{2,}")
_MESSAGES = {
    HTTPStatus.BAD_REQUEST: "The request is malformed.",
    HTTPStatus.FORBIDDEN: "This request is not allowed.",
    HTTPStatus.NOT_FOUND: "There is no such endpoint.",
    HTTPStatus.METHOD_NOT_ALLOWED: "The endpoint does not support this method. See the Allow header.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is compressed. Send it without 'Content-Encoding'.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "An internal error occurred. Search the server's log for the tracking id.",
    HTTPStatus.SERVICE_UNAVAILABLE: "Temporarily unavailable. Wait for the time in Retry-After, then try again.",
}


class ApiMiddleware:
    """The outermost middleware that can respond to a request under one of the PREFIXES."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.path_info
        if "//" in path:
            path = _SLASHES.sub("/", path)
        if not f"{path}/".startswith(PREFIXES):
            return self.get_response(request)
        request.path_info = path
        response = self.get_response(request)
        if response.status_code >= 400 and "json" not in response.get("Content-Type", ""):
            _become_json(response)
        return response


def _become_json(response: HttpResponse) -> None:
    """Replace the page that Django or a decorator made. The status and headers such as Allow stay."""
    message = _MESSAGES.get(HTTPStatus(response.status_code), "The request failed.")
    response.content = json.dumps(error_document(message, request_id())).encode()
    response.cookies.clear()
    response["Content-Type"] = "application/json"
    response["Content-Length"] = str(len(response.content))
    response["Cache-Control"] = "no-store"


def error_document(message: str, tracking_id: str) -> dict[str, object]:
    """Returns an error in the form of Webex's REST APIs."""
    return {"message": message, "errors": [{"description": message}], "trackingId": tracking_id}
