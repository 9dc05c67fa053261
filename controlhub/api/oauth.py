"""The token endpoint: OAuth 2.0 client credentials for SCIM clients (RFC 6749 §4.4), implemented with oauthlib.

Entra ID and Okta can use it instead of a static token. An access token is one of our own and is valid for an hour.
"""

import base64
import binascii
from typing import Any
from urllib.parse import unquote_plus

from django.http import HttpRequest, HttpResponse, QueryDict
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from oauthlib.oauth2 import BackendApplicationServer, RequestValidator

from audit.actor import Actor, ActorKind
from controlhub.actions.client_tokens import CLIENT_TOKEN_LIFETIME, issue_client_token
from controlhub.actions.connections import find_client, note_refused_client
from controlhub.errors import TooManyAttemptsError
from controlhub.middleware.client_addresses import client_address
from controlhub.middleware.content_codings import is_coded
from controlhub.middleware.request_ids import request_id
from controlhub.security.rate_limits import require_rate
from controlhub.security.token_secrets import make_secret

MAX_BODY = 16_384


class Validator(RequestValidator):  # type: ignore[misc]
    """Answers oauthlib's questions about one request."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__()
        self.request = request

    def authenticate_client(self, request: Any, *_args: Any, **_kwargs: Any) -> bool:
        client_id, secret = _basic(request.headers) or (request.client_id or "", request.client_secret or "")
        request.client = find_client(client_id, secret)
        if request.client is None:
            return False
        request.client.client_id = str(request.client.pk)
        return True

    def validate_grant_type(self, _client_id: str, grant_type: str, *_args: Any, **_kwargs: Any) -> bool:
        return grant_type == "client_credentials"

    def get_default_scopes(self, _client_id: str, request: Any, *_args: Any, **_kwargs: Any) -> list[str]:
        return list(request.client.scopes)

    def validate_scopes(
        self, _client_id: str, scopes: list[str], client: Any, _request: Any, *_args: Any, **_kwargs: Any
    ) -> bool:
        return set(scopes) <= set(client.scopes)

    def save_bearer_token(self, token: dict[str, Any], request: Any, *_args: Any, **_kwargs: Any) -> None:
        actor = Actor(
            ActorKind.CLIENT,
            id=str(request.client.pk),
            label=request.client.name,
            address=client_address(self.request),
            user_agent=self.request.headers.get("User-Agent", ""),
            request_id=request_id(),
            connection_id=request.client.pk,
        )
        issue_client_token(request.client, secret=token["access_token"], scopes=request.scopes, actor=actor)


def _server(request: HttpRequest) -> BackendApplicationServer:
    return BackendApplicationServer(
        Validator(request),
        token_generator=lambda _request: make_secret(),
        token_expires_in=int(CLIENT_TOKEN_LIFETIME.total_seconds()),
    )


@csrf_exempt
@require_POST
def token_endpoint(request: HttpRequest) -> HttpResponse:
    """`POST /oauth/token`: `grant_type=client_credentials`, with Basic authentication or id and secret in the body.

    Failures are rate-limited, but never requests with the right secret, which has 256 bits.
    """
    if is_coded(request):
        return HttpResponse(status=415, headers={"Accept-Encoding": "identity"})  # RFC 9110 §15.5.16
    headers = {"Authorization": request.headers.get("Authorization", "")}
    body = request.read(MAX_BODY).decode("utf-8", "replace")
    # TLS is the deployment's concern (docs/operations.md), but oauthlib requires https in the URL.
    uri = f"https://{request.get_host()}{request.path}"
    answer_headers, answer, status = _server(request).create_token_response(uri, "POST", body, headers)
    if status == 401:
        try:
            require_rate(request, "oauth")
            note_refused_client(_client_id(request, body), actor=_unknown_client(request))
        except TooManyAttemptsError:
            answer_headers, answer, status = {"Content-Type": "application/json"}, '{"error":"slow_down"}', 429
    return HttpResponse(answer, status=status, headers={**answer_headers, **NO_STORE})


def _client_id(request: HttpRequest, body: str) -> str:
    """Returns the client id that was sent, whether valid or not."""
    given = _basic({"Authorization": request.headers.get("Authorization", "")})
    return given[0] if given else QueryDict(body).get("client_id", "")


def _unknown_client(request: HttpRequest) -> Actor:
    agent = request.headers.get("User-Agent", "")
    return Actor(ActorKind.CLIENT, address=client_address(request), user_agent=agent, request_id=request_id())


NO_STORE = {"Cache-Control": "no-store"}


def _basic(headers: dict[str, str]) -> tuple[str, str] | None:
    """Returns client id and secret of a Basic Authorization header (RFC 6749 §2.3.1), or None."""
    scheme, _, encoded = headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return unquote_plus(client_id), unquote_plus(secret)
