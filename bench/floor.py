"""The floor: a Django view without middleware that returns the result of one SELECT. No request can cost less.

It runs in the same web server as the portal: `bench.floor:application`.
"""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.floor_settings"

from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path


def document(request: HttpRequest, pk: str) -> HttpResponse:  # noqa: ARG001
    """A user's document as stored."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT document::text FROM controlhub_user WHERE id = %s", (pk,))
        (text,) = cursor.fetchone()
    return HttpResponse(text, content_type="application/json")


urlpatterns = [path("<uuid:pk>", document)]
application = get_wsgi_application()
