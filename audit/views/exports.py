"""Exports the events of the list, with its filters, to a file."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import cast

from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from audit.lists import Criteria, InvalidFilterError
from audit.lists.activities import ADMIN, PROVISIONING, SIGN_INS
from audit.lists.bundles import bundle_chunks
from audit.lists.exports import Tally, csv_lines, json_lines
from audit.lists.pages import count_events
from audit.lists.questions import Questions, questions_of
from audit.portal.facets import facets
from audit.portal.forms import PARAMETERS, EventExportForm
from controlhub.actions.exports import EventExport, finish_export_of_events, start_export_of_events
from controlhub.database import clock
from controlhub.models import Organization, Permission
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.refusals import status_of
from controlhub.user_lists import TooBroadError

Write = Callable[[Organization, Questions, str, Tally], Iterator[str] | Iterator[bytes]]
TABS = {
    ADMIN: _lazy("Admin activities"),
    PROVISIONING: _lazy("Provisioning"),
    SIGN_INS: _lazy("Sign-ins"),
}
FILES: dict[str, tuple[Write, str, str]] = {
    "csv": (csv_lines, "text/csv; charset=utf-8", "csv"),
    "jsonl": (json_lines, "application/jsonl; charset=utf-8", "jsonl"),
    "bundle": (bundle_chunks, "application/zip", "zip"),
}
"""The function that writes each format, its content type, and the file name extension."""


@require(Permission.VIEW_AUDIT)
def event_export(request: PortalRequest) -> HttpResponse:
    """Ask for the format, then return the file. An invalid filter exports no events."""
    query = request.GET.copy().urlencode()
    form = EventExportForm(request.POST or None, initial={"format": "csv", "query": query})
    if form.is_valid():
        response = _export(request, form)
        if response is not None:
            return response
    context = {"form": form, **_preview(request.organization, QueryDict(form["query"].value() or ""))}
    return render(request, "audit/export.html", context, status=status_of(form))


def _preview(organization: Organization, query: QueryDict) -> dict[str, object]:
    """The filters in words, and the number of events; None for an invalid filter, or if counting takes too long."""
    shown = [str(TABS.get(query.get("tab", ""), ""))]
    if text := query.get("q", "").strip():
        shown.append(_("Search: {text}").format(text=text))
    for facet in facets(query, organization, {}):
        if facet.shown:
            words = _("not {names}").format(names=facet.shown) if facet.is_negated else facet.shown
            shown.append(f"{facet.label}: {words}")
    count = None
    with suppress(InvalidFilterError, TooBroadError):
        count = count_events(questions_of(organization, Criteria.read(query.urlencode(), also=PARAMETERS)))
    return {"filters": [each for each in shown if each], "count": count}


def _export(request: PortalRequest, form: EventExportForm) -> HttpResponse | None:
    """The file; None if it cannot be made, with the reason in the form."""
    name, query = form.cleaned_data["format"], QueryDict(form.cleaned_data["query"]).urlencode()
    try:
        criteria = Criteria.read(query, also=PARAMETERS)
    except InvalidFilterError as error:
        form.add_error(None, _("The filter is not valid: {reason}").format(reason=error))
        return None
    write, content_type, ending = FILES[name]
    export = start_export_of_events(request.organization, file_format=name, query=query, actor=request.actor)
    try:
        questions = questions_of(
            request.organization, criteria
        )  # after the event of the export, so the file includes it
    except TooBroadError:
        finish_export_of_events(export, events=0, is_complete=False)
        form.add_error(None, _("Too many events to filter. Choose a shorter period, or remove a filter."))
        return None
    tally = Tally()
    chunks = recorded(write(request.organization, questions, query, tally), tally, export)
    response = StreamingHttpResponse(chunks, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="audit-{clock.machine_now():%Y-%m-%d}.{ending}"'
    return cast("HttpResponse", response)  # the guard only sets headers


def recorded(chunks: Iterator[str] | Iterator[bytes], tally: Tally, export: EventExport) -> Iterator[str | bytes]:
    """The chunks. Records the number of events when the file ends or the download is aborted."""
    is_complete = False
    try:
        yield from chunks
        is_complete = True
    finally:
        finish_export_of_events(export, events=tally.events, is_complete=is_complete)
