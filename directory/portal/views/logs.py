"""The provisioning log of the organization or of one application, a row of it, and its export."""

import json
from typing import Any, cast
from uuid import UUID

from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_safe

from controlhub.database import clock
from controlhub.models import Permission
from controlhub.portal.access import PortalRequest, find_or_404, require
from controlhub.portal.partials import render_whole_or_part, wants_part
from controlhub.portal.refusals import status_of
from controlhub.portal.tables import Column, Table
from controlhub.text.readable import escaped
from directory.actions.exports import note_export_of_log
from directory.gallery import template_of
from directory.models import Application, Group, Operation, Outcome, Person
from directory.portal.forms.logs import TABS, LogExportForm, LogFilterForm, TabForm
from directory.portal.keysets import page_of
from directory.portal.log_exports import SOURCE, document_of, log_chunks
from directory.portal.log_rows import changes_shown, result_of, steps_shown
from directory.portal.log_texts import explanation_of
from directory.portal.views.applications import find_application

EARLIER = 5
"""The maximum number of earlier rows about the same object that the page of a row lists."""
TABLE = Table(
    _lazy("Provisioning logs"),
    (
        Column("identity", _lazy("Identity"), css="c-name", is_row_header=True, is_labelled=False),
        Column("action", _lazy("Action")),
        Column("source", _lazy("Source system"), css="hide-lg muted"),
        Column("target", _lazy("Target system"), css="hide-md"),
        Column("status", _lazy("Status"), css="c-stat"),
        Column("result", _lazy("Result"), css="muted"),
        Column("date", _lazy("Date"), css="muted"),
    ),
)


@require_safe
@require(Permission.VIEW_DIRECTORY)
def directory_log_list(request: PortalRequest) -> HttpResponse:
    form = LogFilterForm(request.GET, organization=request.organization)
    return render_whole_or_part(request, "directory/logs/list.html", "directory/logs/_list.html", _list(request, form))


@require_safe
@require(Permission.VIEW_DIRECTORY)
def application_logs(request: PortalRequest, application_id: UUID) -> HttpResponse:
    application = find_application(request, application_id)
    form = LogFilterForm(request.GET, organization=request.organization, application=application)
    context = _list(request, form) | {"application": application, "tab": "logs"}
    context["template"] = template_of(application.template)
    return render_whole_or_part(request, "directory/applications/logs.html", "directory/logs/_list.html", context)


@require_safe
@require(Permission.VIEW_DIRECTORY)
def directory_log_detail(request: PortalRequest, change_id: UUID) -> HttpResponse:
    found = Outcome.objects.select_related("application")
    outcome = find_or_404(request, found, pk=change_id)
    tab = TabForm(request.GET).chosen
    context = {
        "outcome": outcome,
        "tab": tab,
        "tabs": TABS,
        "source": SOURCE,
        "steps": steps_shown(outcome.steps),
        "changes": changes_shown(request.organization, outcome),
        "explanation": explanation_of(outcome.code),
        "request_sent": outcome.details.get("request"),
        "attempts": outcome.details.get("attempts"),
        "person": Person.objects.in_organization(request.organization).filter(pk=outcome.object_id).first(),
        "group": Group.objects.in_organization(request.organization).filter(pk=outcome.object_id).first(),
        "waiting": _waiting(outcome),
        "earlier": _earlier(outcome),
    }
    if tab == "summary":
        text = json.dumps(document_of(outcome), indent=2, ensure_ascii=False, default=str)
        context["document"] = escaped(text, but="\n")
    return render(request, "directory/logs/detail.html", context)


def _waiting(outcome: Outcome) -> Operation | None:
    """The pending operation for the object, if it has failed and will be tried again."""
    same = Operation.objects.filter(application=outcome.application, kind=outcome.kind, object_id=outcome.object_id)
    return same.filter(attempts__gt=0).first()


def _earlier(outcome: Outcome) -> list[Outcome]:
    """The last rows before this one about the same object in the same application."""
    same = Outcome.objects.of_application(outcome.application).filter(object_id=outcome.object_id, at__lt=outcome.at)
    return list(same.newest_first()[:EARLIER])


@require(Permission.VIEW_DIRECTORY)
def directory_log_export(request: PortalRequest) -> HttpResponse:
    """Asks for confirmation, then returns the file. An invalid filter exports no rows."""
    form = LogExportForm(request.POST or None, initial={"query": request.GET.urlencode()})
    if form.is_valid():
        query = QueryDict(form.cleaned_data["query"])
        rows = LogFilterForm(query, organization=request.organization).found()
        note_export_of_log(request.organization, query=query.urlencode(), actor=request.actor)
        response = StreamingHttpResponse(log_chunks(rows), content_type="application/zip")
        name = f"ProvisioningLogs-{clock.machine_now():%Y-%m-%d}.zip"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return cast("HttpResponse", response)  # the guard only sets headers
    return render(request, "directory/logs/export.html", {"form": form}, status=status_of(form))


def _list(request: PortalRequest, form: LogFilterForm) -> dict[str, Any]:
    everything = Outcome.objects.filter(organization_id=request.organization.pk)
    rows = form.found().select_related("application")
    page = page_of(rows, request.GET, among=everything, key="at", is_descending=True)
    return {
        "form": form,
        "table": TABLE,
        "source": SOURCE,
        "rows": page.rows,
        "pairs": [(row, result_of(row)) for row in page.rows],
        "query": _exported(request, form.of),
        "is_part": wants_part(request),
        "first": page.first,
        "previous": page.previous,
        "next": page.next,
    }


def _exported(request: PortalRequest, application: Application | None) -> str:
    """The query string that selects all rows of this list."""
    query = request.GET.copy()
    for name in ("after", "before"):
        query.pop(name, None)
    if application is not None:
        query["application"] = str(application.pk)
    return query.urlencode()
