"""Error pages."""

import sys

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from controlhub.actions.refusals import note_refused_page
from controlhub.database.outages import reason_of
from controlhub.middleware.database_outages import unavailable
from controlhub.models import Account
from controlhub.portal.access import actor_of


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return render(request, "errors/400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """The page for a role without the permission. The audit log records it once an hour, with the number of times."""
    account = getattr(request, "user", None)
    if isinstance(account, Account) and request.resolver_match:
        note_refused_page(account, request.resolver_match.url_name or "", actor=actor_of(request, account))
    return _unkept(render(request, "errors/403.html", status=403))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return _unkept(render(request, "errors/404.html", status=404))


def failed(request: HttpRequest) -> HttpResponse:
    """The page for an exception outside a view: saving the session, for example, fails if the database does."""
    error = sys.exception()
    if reason := reason_of(error) if error else None:
        return unavailable(request, reason)
    return render(request, "errors/500.html", status=500)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    return render(request, "errors/csrf.html", status=403)


def _unkept(response: HttpResponse) -> HttpResponse:
    """Caches must not store a page that depends on permissions."""
    response["Cache-Control"] = "no-store, private"
    return response
