"""The self-test of a connection: its page, and the button that runs it."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from controlhub.actions.self_tests import run_self_test
from controlhub.models import Connection, Permission, SelfTest
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.forms.self_tests import StepsForm
from controlhub.portal.self_test_pages import shown_test
from controlhub.portal.views.connections import find


@require_safe
@require(Permission.VIEW_PROVISIONING)
def self_test_detail(request: PortalRequest, connection_id: UUID) -> HttpResponse:
    """The newest run: the verdict, then each step."""
    connection = find(request, connection_id)
    test = SelfTest.objects.filter(connection=connection).first()
    shown = shown_test(test) if test else None
    is_failed_only = StepsForm(request.GET).is_failed_only
    context = {
        "connection": connection,
        "shown": shown,
        "is_failed_only": is_failed_only,
        "steps": (shown.failed if is_failed_only else shown.steps) if shown else [],
        "has_access": _has_access(connection),
    }
    return render(request, "portal/provisioning/self_test.html", context)


@require(Permission.MANAGE_PROVISIONING, page="self-test-detail")
def self_test_run(request: PortalRequest, connection_id: UUID) -> HttpResponse:
    """Run the requests of the connection's client, and show the responses."""
    run_self_test(find(request, connection_id), actor=request.actor)
    return redirect("self-test-detail", connection_id)


def _has_access(connection: Connection) -> bool:
    return connection.client_digest is not None or connection.tokens.live().exists()
