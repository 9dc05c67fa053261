"""Pages show times in the browser's time zone. `portal.access.require` switches to the one an administrator chose."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from controlhub.middleware import GetResponse
from controlhub.text.time_zones import COOKIE, time_zone_of


class TimeZoneMiddleware:
    """Uses the browser's time zone, which a small script stores in a cookie, for the request; without it, UTC."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with timezone.override(time_zone_of(request.COOKIES.get(COOKIE, ""))):
            return self.get_response(request)
