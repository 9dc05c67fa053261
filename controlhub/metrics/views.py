"""The page that Prometheus scrapes, which requires METRICS_TOKEN."""

from secrets import compare_digest

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed


def metrics(request: HttpRequest) -> HttpResponse:
    """Returns 404 if METRICS_TOKEN is not set, and 401 if it is not sent as a bearer token."""
    if not settings.METRICS_TOKEN:
        raise Http404
    sent = request.META.get("HTTP_AUTHORIZATION", "")
    if not compare_digest(sent.encode(), f"Bearer {settings.METRICS_TOKEN}".encode()):
        return HttpResponse(status=401, headers={"WWW-Authenticate": 'Bearer realm="metrics"'})
    if request.method not in {"GET", "HEAD"}:
        return HttpResponseNotAllowed(["GET", "HEAD"])
    from controlhub.metrics import page  # loads prometheus_client and redis only where they are used

    return HttpResponse(page.render(), content_type=page.CONTENT_TYPE, headers={"Cache-Control": "no-store"})
