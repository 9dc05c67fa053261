"""Upload a file, map its columns, check it, and import it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from audit.actor import Actor
from controlhub.actions.jobs import find_kind, start_job
from controlhub.errors import InvalidSettingError, JobStateError
from controlhub.models import (
    DeletedChoice,
    ImportMode,
    ImportRow,
    Job,
    JobState,
    MatchBy,
    Organization,
    RowResult,
    UserImport,
)
from controlhub.models.imports import NOT_IN_FILE
from controlhub.user_files.mapping import NAME_AND_MAIL
from controlhub.user_files.tables import FileTable

CHECK, APPLY = "user-import-check", "user-import"
MAX_AGE = timedelta(days=30)
SAMPLES = 3
STORED_AT_ONCE = 1_000
SAMPLE_LENGTH = 80


@transaction.atomic
def upload_import(
    organization: Organization, table: FileTable, *, file_name: str, started_by: UUID | None, actor: Actor
) -> UserImport:
    """Store a file. Nothing changes until it is checked and imported."""
    stored = UserImport.objects.create(
        organization=organization,
        file_name=file_name[:200],
        encoding=table.encoding,
        delimiter=table.delimiter,
        header=list(table.header),
        columns=[_described(table, place) for place in range(len(table.header))],
        row_count=len(table.rows),
        created_by=started_by,
        created_by_label=actor.label,
    )
    rows = (ImportRow(user_import=stored, number=number, cells=cells) for number, cells in table.rows)
    ImportRow.objects.bulk_create(rows, batch_size=STORED_AT_ONCE)
    return stored


def _described(table: FileTable, place: int) -> dict[str, Any]:
    """Returns the first values of a column, the number of rows without one, and whether the values are unique."""
    texts = [cells[place].strip() for _number, cells in table.rows if place < len(cells)]
    values = [text for text in texts if text]
    samples = [text[:SAMPLE_LENGTH] for text in values[:SAMPLES]]
    is_unique = len({value.casefold() for value in values}) == len(values)
    return {"samples": samples, "empty": len(table.rows) - len(values), "is_unique": is_unique}


@transaction.atomic
def check_import(
    user_import: UserImport, *, mapping: Sequence[str], mode: ImportMode, match_by: MatchBy, actor: Actor
) -> Job:
    """Start the dry run with this mapping. The result of an earlier one is discarded.

    InvalidSettingError, JobStateError.
    """
    found = UserImport.objects.select_for_update().get(pk=user_import.pk)
    if found.job_id:
        raise JobStateError(_("This file has already been imported. Upload it again."))
    _require_mapping(mapping, match_by)
    if found.check_job and not found.check_job.is_finished:
        raise JobStateError(_("The check is still running. Wait for it, or cancel it."))
    found.rows.filter(number=NOT_IN_FILE).delete()
    found.mapping, found.mode, found.match_by = list(mapping), mode, match_by
    found.missing_refused, found.deleted_choice = "", ""
    found.check_job = start_job(found.organization, kind=find_kind(CHECK), parameters=_parameters(found), actor=actor)
    found.save()
    return found.check_job


def _require_mapping(mapping: Sequence[str], match_by: MatchBy) -> None:
    wanted = {MatchBy.USER_NAME: {"userName", NAME_AND_MAIL}, MatchBy.EXTERNAL_ID: {"externalId"}}[match_by]
    if not wanted & set(mapping):
        message = _("Choose the column that has the {attribute}. People are matched by this value.")
        raise InvalidSettingError(message.format(attribute=match_by.value), field="match_by")
    chosen = [key for key in mapping if key]
    if len(set(chosen)) < len(chosen) or (NAME_AND_MAIL in chosen and "userName" in chosen):
        raise InvalidSettingError(
            _("Two columns are mapped to the same attribute. Choose “Do not import” for one of them.")
        )


@transaction.atomic
def apply_import(user_import: UserImport, *, deleted_choice: str, actor: Actor) -> Job:
    """Import what the check found. JobStateError if the check is not done, or the file was already imported."""
    found = UserImport.objects.select_for_update().get(pk=user_import.pk)
    if found.job_id:
        raise JobStateError(_("This file has already been imported. Upload it again."))
    if found.check_job is None or found.check_job.state != JobState.DONE:
        raise JobStateError(_("Check the file first."))
    is_open = found.rows.filter(result=RowResult.DELETED).exists()
    if is_open and deleted_choice not in DeletedChoice.values:
        raise InvalidSettingError(_("Choose what happens to people who were deleted."), field="deleted_choice")
    found.deleted_choice = deleted_choice if is_open else ""
    found.job = start_job(found.organization, kind=find_kind(APPLY), parameters=_parameters(found), actor=actor)
    found.save(update_fields=["deleted_choice", "job"])
    return found.job


def _parameters(user_import: UserImport) -> dict[str, str]:
    return {"import": str(user_import.pk), "file": user_import.file_name}


def sweep_imports() -> int:
    """Delete imports that were uploaded more than MAX_AGE ago. Returns the number of deleted imports."""
    old = UserImport.objects.filter(created_at__lt=Now() - MAX_AGE)
    ids = list(old.order_by("created_at").values_list("pk", flat=True)[:20])
    ImportRow.objects.filter(user_import__in=ids).delete()
    UserImport.objects.filter(pk__in=ids).delete()
    return len(ids)
