"""The bearer token in a request's header."""

import re

from django.http import HttpRequest

from controlhub.security.token_secrets import token_digest

MAX_LENGTH = 512
_BEARER = re.compile(rf"bearer +([A-Za-z0-9._~+/=-]{{1,{MAX_LENGTH}}}) *\Z", re.IGNORECASE)


def presented_digest(request: HttpRequest) -> bytes | None:
    """The digest of the token; None if the header is missing or malformed (RFC 6750 §2.1)."""
    match = _BEARER.match(request.META.get("HTTP_AUTHORIZATION", ""))
    return token_digest(match[1]) if match else None
