"""Importing people into the directory: upload, which starts the check, then the import and its result."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_safe

from controlhub.models import Permission
from controlhub.portal.access import PortalRequest, find_or_404, require
from controlhub.portal.downloads import download
from controlhub.portal.import_pages import (
    EARLIER,
    LISTED,
    detail,
    download_rows,
    failed_lines,
    result_lines,
    steps,
    summary,
)
from controlhub.portal.refusals import Refusals, status_of
from controlhub.user_files.exports import BOM, csv_text
from directory.actions.imports import apply_people, upload_people
from directory.models import PeopleImport
from directory.people_files.files import read_people
from directory.portal.attribute_names import ALL, CONTACT, IDENTITY, JOB, LISTS
from directory.portal.custom_attributes import custom_attributes
from directory.portal.forms.imports import PeopleUploadForm
from directory.provisioning.attributes import named

STEPS = (_lazy("Upload"), _lazy("Check"), _lazy("Import"))
RESULTS = ("create", "update", "unchanged", "error")
LABELS = {**ALL, "accountEnabled": _lazy("Account enabled"), "manager": _lazy("Manager")}
TEMPLATE = (*IDENTITY, "accountEnabled", *JOB, "manager", *CONTACT, *LISTS)


@require(Permission.MANAGE_DIRECTORY)
def directory_import(request: PortalRequest) -> HttpResponse:
    """Upload a file. It is stored and checked; nobody is changed yet."""
    form = PeopleUploadForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        file = form.cleaned_data["file"]
        with Refusals(request, form, field="file"):
            people = read_people(file.name, file.read())
            stored = upload_people(request.organization, people, file_name=file.name, actor=request.actor)
            return redirect("directory-import-detail", stored.pk)
    earlier = PeopleImport.objects.in_organization(request.organization).select_related("check_job", "job")
    context = {
        "form": form,
        "earlier": earlier.order_by("-pk")[:LISTED],
        "table": EARLIER,
        "steps": steps(0, labels=STEPS),
    }
    return render(request, "directory/people/imports/upload.html", context, status=status_of(form))


@require_safe
@require(Permission.MANAGE_DIRECTORY)
def directory_import_template(_request: PortalRequest) -> HttpResponse:
    """A file with the attributes as columns and no rows."""
    return download(iter([BOM + csv_text([list(TEMPLATE)])]), "directory-users.csv")


@require_safe
@require(Permission.MANAGE_DIRECTORY)
def directory_import_detail(request: PortalRequest, directory_import_id: UUID) -> HttpResponse:
    """The check while it runs, its results, and the result of the import."""
    found = _find(request, directory_import_id)
    unknown = [name for name in found.header if named(name) is None]
    context = {
        **detail(request, found, labels=LABELS),
        "steps": steps(2 if found.job else 1, labels=STEPS, is_done=bool(found.job and found.job.is_finished)),
        "summary": summary(found, results=RESULTS),
        "new_names": [] if found.job else sorted(set(unknown) - custom_attributes(request.organization, unknown)),
    }
    return render(request, "directory/people/imports/detail.html", context)


@require(Permission.MANAGE_DIRECTORY, page="directory-import-detail")
def directory_import_apply(request: PortalRequest, directory_import_id: UUID) -> HttpResponse:
    """Begin the import of what the check found."""
    found = _find(request, directory_import_id)
    with Refusals(request):
        apply_people(found, actor=request.actor)
    return redirect("directory-import-detail", found.pk)


@require_safe
@require(Permission.MANAGE_DIRECTORY)
def directory_import_failed(request: PortalRequest, directory_import_id: UUID) -> HttpResponse:
    """The rows with errors as CSV, with the reason in an additional column."""
    return download_rows(request, failed_lines(_find(request, directory_import_id)), "import-errors.csv")


@require_safe
@require(Permission.MANAGE_DIRECTORY)
def directory_import_result(request: PortalRequest, directory_import_id: UUID) -> HttpResponse:
    """The outcome of each row of an import, as a file."""
    found = _find(request, directory_import_id)
    if found.job is None:
        return redirect("directory-import-detail", found.pk)
    return download_rows(request, result_lines(found), "import-result.csv")


def _find(request: PortalRequest, import_id: UUID) -> PeopleImport:
    imports = PeopleImport.objects.select_related("check_job", "job", "organization")
    return find_or_404(request, imports, pk=import_id)
