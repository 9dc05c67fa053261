"""Undoing the last cycle of an application: what this would restore, counted and named, and the job that does it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods

from controlhub.models import Permission
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.refusals import Refusals
from controlhub.portal.tables import Column, Table
from directory.engine.undo import Undoable, find_undoable, undo_last_cycle
from directory.models import Outcome
from directory.portal.forms.undo import UndoForm
from directory.portal.keysets import page_of
from directory.portal.log_rows import changes_shown
from directory.portal.views.applications import find_application

MOST_CHANGES = 5
"""The maximum number of changes of an object that the page names."""
DOES = {"create": _lazy("Disabled"), "update": _lazy("Restored"), "disable": _lazy("Restored")}
TABLE = Table(
    _lazy("What is undone"),
    (
        Column("identity", _lazy("Identity"), css="c-name", is_row_header=True, is_labelled=False),
        Column("did", _lazy("Cycle action")),
        Column("does", _lazy("Undo")),
        Column("change", _lazy("Changes"), css="wrap"),
    ),
)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.MANAGE_PROVISIONING)
def application_undo(request: PortalRequest, application_id: UUID) -> HttpResponse:
    application = find_application(request, application_id)
    form = UndoForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with Refusals(request):
            job = undo_last_cycle(application, cycle_id=form.cleaned_data["cycle"], actor=request.actor)
            messages.success(request, _("The last cycle is being undone."))
            return redirect("job-detail", job.pk)
    found = find_undoable(application)
    context = {"application": application, "found": found, "table": TABLE, **(_rows(request, found) if found else {})}
    return render(request, "directory/applications/undo.html", context)


def _rows(request: PortalRequest, found: Undoable) -> dict[str, Any]:
    page = page_of(found.outcomes, request.GET, among=found.outcomes, key="at", is_descending=True)
    return {
        "rows": [_shown(request, outcome) for outcome in page.rows],
        "first": page.first,
        "previous": page.previous,
        "next": page.next,
        "form": UndoForm(initial={"cycle": found.cycle.pk}),
    }


def _shown(request: PortalRequest, outcome: Outcome) -> dict[str, Any]:
    is_kept = outcome.action == "create" and outcome.kind != "person"
    changes = [] if outcome.action == "create" else changes_shown(request.organization, outcome)
    return {
        "outcome": outcome,
        "does": _("Left as it is") if is_kept else DOES[outcome.action],
        "changes": changes[:MOST_CHANGES],
    }
