"""SCIM requests go straight to their view, past the middleware of the pages."""

from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch, URLPattern, URLResolver, get_resolver

from controlhub.middleware import GetResponse

BASES = ("/v1/scim", "/identity/scim")


class ScimMiddleware:
    """No session, CSRF token, message or content policy is looked at: a bearer token and JSON have no use for them.

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
        """The first pattern that matches. The resolver around them would make a second match of it."""
        return next((match for pattern in self.patterns if (match := pattern.resolve(path))), None)


def _pattern(found: URLPattern | URLResolver) -> URLPattern:
    """TypeError for an `include`, which raises instead of returning None when it does not match."""
    if not isinstance(found, URLPattern):
        raise TypeError(f"{found} has patterns of its own.")
    return found
