"""SCIM requests go straight to their view, past the middleware of the pages."""

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, get_resolver

from controlhub.middleware import GetResponse

BASES = ("/v1/scim", "/identity/scim")


class ScimMiddleware:
    """No session, CSRF token, message or content policy is looked at: a bearer token and JSON have no use for them.

    HSTS and the other security headers come from Django's SecurityMiddleware, which is the outermost.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.resolver = get_resolver("scim.urls")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(BASES):
            return self.get_response(request)
        try:
            match = self.resolver.resolve(request.path_info)
        except Resolver404:
            return self.get_response(request)
        response: HttpResponse = match.func(request, *match.args, **match.kwargs)
        return response
