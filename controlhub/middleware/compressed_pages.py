"""Compresses pages, except those that show a secret (docs/decisions/0062)."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class CompressedPagesMiddleware(GZipMiddleware):
    """Compresses HTML with a randomly varying length, which is Django's protection against BREACH.

    Responses of APIs, static files and pages that show a secret are not compressed.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not response.headers.get("Content-Type", "").startswith("text/html") or shows_secret(request):
            return response
        return super().process_response(request, response)


def shows_secret(request: HttpRequest) -> bool:
    """Whether the page shows a secret once, or has one in its URL."""
    name = request.resolver_match.url_name if request.resolver_match else ""
    return bool(getattr(request, "reveals", ())) or name in SECRET_PAGES


SECRET_PAGES = frozenset(
    {
        "invitation-accept",
        "account_reset_password_from_key",
        "mfa_activate_totp",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
    }
)
"""Pages that have a secret in their text or URL."""
