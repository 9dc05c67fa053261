"""Pages are in the browser's language. `portal.access.require` switches to the language an administrator chose."""

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language, override

from controlhub.middleware import GetResponse
from controlhub.text.languages import language_of


class LanguageMiddleware:
    """Resets the language after the request, so that SCIM requests and jobs in the same thread are in English."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with override(language_of(request.headers.get("Accept-Language", ""))):
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", get_language() or "en")
        patch_vary_headers(response, ("Accept-Language",))
        return response
