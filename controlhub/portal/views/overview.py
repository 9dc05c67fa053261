"""The first page: the number of users, decisions, and the health of the connections."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_safe

from controlhub.actions.organizations import confirm_backup
from controlhub.models import Permission
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.connection_cards import card_page
from controlhub.portal.overview.connections import last_requests
from controlhub.portal.overview.people import due_chart, people_of
from controlhub.portal.overview.steps import first_steps
from controlhub.portal.tables import Column, Table

SHOWN = 20
CONNECTIONS = Table(
    _lazy("Connections with last contact, requests, errors and expiry of their tokens"),
    (
        Column("name", _lazy("Connection"), css="c-name", is_row_header=True, is_labelled=False),
        Column("status", _lazy("Status"), is_labelled=False),
        Column("contact", _lazy("Last contact"), css="muted"),
        Column("requests", _lazy("Requests in 24 hours")),
        Column("errors", _lazy("Errors"), css="num"),
        Column("expires", _lazy("Token expires")),
    ),
    css="conns",
)


@require_safe
@require()
def home(request: PortalRequest) -> HttpResponse:
    """Every role can open this page, and sees the parts that its permissions allow."""
    context: dict[str, Any] = {"today": localdate()}
    if Permission.VIEW_USERS in request.permissions:
        context |= people_parts(request)
    if Permission.VIEW_PROVISIONING in request.permissions:
        cards = card_page(request.organization).cards
        context |= {
            "cards": cards[:SHOWN],
            "paused": [card for card in cards if card.connection.paused_at],
            "requests": last_requests(request.organization),
            "table": CONNECTIONS,
        }
    if Permission.MANAGE_ORGANIZATION in request.permissions:
        steps = first_steps(request.organization)
        context |= {"steps": steps, "done": sum(step.is_done for step in steps)}
    return render(request, "portal/overview/page.html", context)


@require(Permission.MANAGE_ORGANIZATION, page="home")
def backup_confirm(request: PortalRequest) -> HttpResponse:
    """Confirms the last of the first steps, which the portal cannot check itself."""
    confirm_backup(request.organization, actor=request.actor)
    messages.success(request, _("Saved. Repeat the backup whenever a secret key changes."))
    return redirect("home")


def people_parts(request: PortalRequest) -> dict[str, Any]:
    people = people_of(request.organization)
    due = people.due(localdate())
    return {"people": people, "chart": due_chart(due), "due": sum(number for _day, number in due)}
