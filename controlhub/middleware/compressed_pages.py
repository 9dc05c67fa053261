"""Pages are compressed, except where they show a secret (docs/decisions/0062)."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class CompressedPagesMiddleware(GZipMiddleware):
    """Compresses HTML with a length that varies at random, which is Django's protection against BREACH.

    The answers of the APIs and of static files stay as they are. So does a page that shows a secret.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not response.headers.get("Content-Type", "").startswith("text/html") or shows_secret(request):
            return response
        return super().process_response(request, response)


def shows_secret(request: HttpRequest) -> bool:
    """Whether the page has a secret that is shown once, or is reached by an address with one."""
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
"""Pages with a secret of their own in the text or the address."""
