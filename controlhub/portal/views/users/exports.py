"""The users of the list, with its filters, as a file."""

from typing import Any, cast

from django.http import FileResponse, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from controlhub.actions.exports import note_export
from controlhub.database import clock
from controlhub.models import Organization, Permission
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.forms.exports import ExportForm
from controlhub.portal.refusals import Refusals, status_of
from controlhub.user_files.exports import csv_lines, json_lines, xlsx_file
from controlhub.user_lists import Criteria, InvalidCriteriaError

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/jsonl; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@require(Permission.VIEW_USERS)
def user_export(request: PortalRequest) -> HttpResponse:
    """Asks for the format, then returns the file. An invalid filter exports no users."""
    query = request.GET.copy().urlencode()
    form = ExportForm(request.POST or None, initial={"format": "csv", "query": query})
    if form.is_valid():
        response = _export(request, form)
        if response is not None:
            return response
    context = {"form": form, "query": form["query"].value() or "", "is_filtered": _is_filtered(query)}
    return render(request, "portal/users/export.html", context, status=status_of(form))


def _is_filtered(query: str) -> bool:
    try:
        return Criteria.read(query).is_narrowed
    except InvalidCriteriaError:
        return True


def _export(request: PortalRequest, form: ExportForm) -> HttpResponse | None:
    """The file, or None if it cannot be created; then the form has the reason."""
    name, query = form.cleaned_data["format"], form.cleaned_data["query"]
    try:
        criteria = Criteria.read(query)
    except InvalidCriteriaError as error:
        form.add_error(None, _("The filter is not valid: {reason}").format(reason=error))
        return None
    with Refusals(request, form):
        response = _response(request.organization, criteria, name)
        note_export(request.organization, file_format=name, query=query, actor=request.actor)
        response["Content-Type"] = TYPES[name]
        response["Content-Disposition"] = f'attachment; filename="users-{clock.machine_now():%Y-%m-%d}.{name}"'
        return cast("HttpResponse", response)  # the guard only sets headers
    return None


def _response(organization: Organization, criteria: Criteria, name: str) -> HttpResponseBase:
    if name == "xlsx":
        return FileResponse(xlsx_file(organization, criteria))
    lines: Any = {"csv": csv_lines, "jsonl": json_lines}[name]
    return StreamingHttpResponse(lines(organization, criteria))
