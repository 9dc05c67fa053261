"""Passes SCIM requests directly to their view, bypassing the middleware of the pages."""

from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch, URLPattern, URLResolver, get_resolver

from controlhub.middleware import GetResponse

BASES = ("/v1/scim", "/identity/scim")


class ScimMiddleware:
    """Skips sessions, CSRF tokens, messages and the content policy, which requests with bearer tokens do not need.

    HSTS and the other security headers come from Django's SecurityMiddleware, which is the outermost.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.patterns = list(map(_pattern, get_resolver("scim.urls").url_patterns))

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(BASES) and (match := self._match(request.path_info[1:])):
            response: HttpResponse = match.func(request, *match.args, **match.kwargs)
            return response
        return self.get_response(request)

    def _match(self, path: str) -> ResolverMatch | None:
        """The match of the first matching pattern. The resolver around the patterns would create a second match."""
        return next((match for pattern in self.patterns if (match := pattern.resolve(path))), None)


def _pattern(found: URLPattern | URLResolver) -> URLPattern:
    """Raises TypeError for an `include`, which raises instead of returning None when it does not match."""
    if not isinstance(found, URLPattern):
        raise TypeError(f"{found} has patterns of its own.")
    return found
