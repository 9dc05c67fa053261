"""Pages respond to an unsupported method with an error page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from controlhub.middleware import GetResponse


class RefusedMethodMiddleware:
    """Renders a page that explains the error, instead of an empty 405 response."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 405 or response.content:
            return response
        page = render(request, "errors/405.html", status=405)
        page["Allow"] = response.get("Allow", "")
        return page
