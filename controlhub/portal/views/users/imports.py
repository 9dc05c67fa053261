"""Importing users: upload, map the columns, check, import, result."""

from typing import Any, cast
from uuid import UUID

from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from controlhub.actions.bursts import burst_limit
from controlhub.actions.imports import apply_import, check_import, upload_import
from controlhub.models import ImportMode, MatchBy, Permission, RowResult, UserImport
from controlhub.portal.access import PortalRequest, find_or_404, require
from controlhub.portal.forms.imports import ApplyForm, MappingForm, TemplateForm, UploadForm
from controlhub.portal.import_pages import (
    COLUMN_TABLE,
    EARLIER,
    LISTED,
    described_columns,
    detail,
    download_rows,
    failed_lines,
    result_lines,
    steps,
    summary,
)
from controlhub.portal.refusals import Refusals, status_of
from controlhub.user_files.exports import BOM, csv_text, xlsx_of
from controlhub.user_files.files import read_file
from controlhub.user_files.mapping import LABELS, TEMPLATE, choices_of, guess, remembered_keys
from controlhub.user_files.schemas import user_schema

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require(Permission.MANAGE_USERS)
def user_import(request: PortalRequest) -> HttpResponse:
    """Upload a file. It is stored, and nothing is changed yet."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        file = form.cleaned_data["file"]
        with Refusals(request, form, field="file"):
            stored = upload_import(
                request.organization,
                read_file(request.organization, file.name, file.read()),
                file_name=file.name,
                started_by=request.account.user_id,
                actor=request.actor,
            )
            return redirect("user-import-columns", stored.pk)
    earlier = UserImport.objects.in_organization(request.organization).select_related("check_job", "job")
    context = {"form": form, "earlier": earlier.order_by("-pk")[:LISTED], "table": EARLIER, "steps": steps(0)}
    return render(request, "portal/imports/upload.html", context, status=status_of(form))


@require_safe
@require(Permission.MANAGE_USERS)
def user_import_template(request: PortalRequest) -> HttpResponse:
    """A file with the usual columns and no rows."""
    form = TemplateForm(request.GET)
    header = [str(LABELS[key]) if key == "role" else key for key in TEMPLATE]
    if form.is_valid() and form.cleaned_data["format"] == "xlsx":
        response: Any = FileResponse(xlsx_of(header, iter(())), content_type=XLSX_TYPE)
        name = "users.xlsx"
    else:
        response = HttpResponse(BOM + csv_text([header]), content_type="text/csv; charset=utf-8")
        name = "users.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return cast("HttpResponse", response)


@require(Permission.MANAGE_USERS)
def user_import_columns(request: PortalRequest, import_id: UUID) -> HttpResponse:
    """Maps the columns and the import mode, then starts the check."""
    found = _find(request, import_id)
    if found.job_id:
        return redirect("user-import-detail", found.pk)
    form, remembered = _mapping_form(request, found)
    if form.is_valid():
        values = form.cleaned_data
        with Refusals(request, form):
            check_import(
                found,
                mapping=form.keys,
                mode=ImportMode(values["mode"]),
                match_by=MatchBy(values["match_by"]),
                actor=request.actor,
            )
            return redirect("user-import-detail", found.pk)
    context = {
        "found": found,
        "form": form,
        "rows": described_columns(found, form, remembered),
        "remembered": remembered,
        "table": COLUMN_TABLE,
        "limit": burst_limit(request.organization),
        "steps": steps(1),
    }
    return render(request, "portal/imports/columns.html", context, status=status_of(form))


def _mapping_form(request: PortalRequest, found: UserImport) -> tuple[MappingForm, dict[str, str]]:
    """The form, and the mapping from the last import whose columns were chosen."""
    schema = user_schema(request.organization)
    earlier = UserImport.objects.in_organization(request.organization).exclude(mapping=[]).order_by("-pk").first()
    remembered = remembered_keys(earlier.header, earlier.mapping) if earlier else {}
    guessed = found.mapping or guess(found.header, schema, remembered)
    form = MappingForm(
        request.POST or None,
        header=found.header,
        choices=choices_of(schema),
        guessed=guessed,
        initial={"mode": found.mode, "match_by": found.match_by},
    )
    return form, remembered


@require_safe
@require(Permission.MANAGE_USERS)
def user_import_detail(request: PortalRequest, import_id: UUID) -> HttpResponse:
    """The check while it runs, its results, and the result of the import."""
    return _page(request, _find(request, import_id), ApplyForm())


@require(Permission.MANAGE_USERS, page="user-import-detail")
def user_import_apply(request: PortalRequest, import_id: UUID) -> HttpResponse:
    """Begin the import of what the check found."""
    found = _find(request, import_id)
    form = ApplyForm(request.POST)
    if form.is_valid():
        with Refusals(request, form, field="deleted_choice"):
            apply_import(found, deleted_choice=form.cleaned_data["deleted_choice"], actor=request.actor)
            return redirect("user-import-detail", found.pk)
    return _page(request, _find(request, import_id), form)


def _page(request: PortalRequest, found: UserImport, form: ApplyForm) -> HttpResponse:
    if found.check_job is None:
        return redirect("user-import-columns", found.pk)
    context = {
        **detail(request, found),
        "form": form,
        "steps": steps(3 if found.job else 2, is_done=bool(found.job and found.job.is_finished)),
        "summary": summary(found),
        "has_deleted": bool(found.check_job.counts.get(RowResult.DELETED)),
        "limit": burst_limit(request.organization),
    }
    return render(request, "portal/imports/detail.html", context, status=status_of(form))


@require_safe
@require(Permission.MANAGE_USERS)
def user_import_failed(request: PortalRequest, import_id: UUID) -> HttpResponse:
    """The rows with errors and the rows that failed, as in the file, with the reason in an additional column."""
    found = _find(request, import_id)
    return download_rows(request, failed_lines(found), "import-errors.csv")


@require_safe
@require(Permission.MANAGE_USERS)
def user_import_result(request: PortalRequest, import_id: UUID) -> HttpResponse:
    """The outcome of each row of an import, as a file."""
    found = _find(request, import_id)
    if found.job is None:
        return redirect("user-import-detail", found.pk)
    return download_rows(request, result_lines(found), "import-result.csv")


def _find(request: PortalRequest, import_id: UUID) -> UserImport:
    imports = UserImport.objects.select_related("check_job", "job", "organization")
    found: UserImport = find_or_404(request, imports, pk=import_id)
    return found
