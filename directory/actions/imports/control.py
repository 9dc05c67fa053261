"""Upload a file of people, which is checked at once, and import it."""

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from audit.actor import Actor
from controlhub.actions.jobs import find_kind, start_job
from controlhub.errors import InvalidSettingError, JobStateError
from controlhub.models import Job, JobState, Organization
from controlhub.text.names import canonical_key
from controlhub.user_files.cells import read
from controlhub.user_files.tables import NumberedRow
from directory.actions.attributes import attribute_of
from directory.actions.names import UPN
from directory.models import PeopleImport, PersonRow
from directory.people_files.files import PeopleFile

CHECK, APPLY = "directory-import-check", "directory-import"
MAX_AGE = timedelta(days=30)
STORED_AT_ONCE = 1_000
SWEPT_AT_ONCE = 20
FILE_NAME = 200
"""The maximum number of characters."""


@transaction.atomic
def upload_people(organization: Organization, file: PeopleFile, *, file_name: str, actor: Actor) -> PeopleImport:
    """Store a file and start its check. Nothing changes until it is imported.

    Raises InvalidSettingError for a column that is not an attribute, or if the column of user principal names is
    missing.
    """
    table = file.table
    header = _attributes(table.header)
    stored = PeopleImport.objects.create(
        organization=organization,
        file_name=file_name[:FILE_NAME],
        encoding=table.encoding,
        delimiter=table.delimiter,
        header=header,
        row_count=len(table.rows),
        left_out=file.left_out,
        created_by_label=actor.label,
    )
    rows = (_row(stored, header, numbered) for numbered in table.rows)
    PersonRow.objects.bulk_create(rows, batch_size=STORED_AT_ONCE)
    stored.check_job = start_job(organization, kind=find_kind(CHECK), parameters=_parameters(stored), actor=actor)
    stored.save(update_fields=["check_job"])
    return stored


@transaction.atomic
def apply_people(people_import: PeopleImport, *, actor: Actor) -> Job:
    """Import what the check found. Raises JobStateError before the check is done, and if it was already imported."""
    found = PeopleImport.objects.select_for_update().get(pk=people_import.pk)
    if found.job_id:
        raise JobStateError(_("This file has already been imported. Upload it again."))
    if found.check_job is None or found.check_job.state != JobState.DONE:
        raise JobStateError(_("Check the file first."))
    found.job = start_job(found.organization, kind=find_kind(APPLY), parameters=_parameters(found), actor=actor)
    found.save(update_fields=["job"])
    return found.job


def sweep_people_imports() -> int:
    """Delete imports that were uploaded more than MAX_AGE ago. Returns the number of deleted imports."""
    old = PeopleImport.objects.filter(created_at__lt=Now() - MAX_AGE).order_by("created_at")
    ids = list(old.values_list("pk", flat=True)[:SWEPT_AT_ONCE])
    PersonRow.objects.filter(people_import__in=ids).delete()
    PeopleImport.objects.filter(pk__in=ids).delete()
    return len(ids)


def _parameters(stored: PeopleImport) -> dict[str, str]:
    return {"import": str(stored.pk), "file": stored.file_name}


def _attributes(titles: Sequence[str]) -> list[str]:
    """The attributes of the columns with these titles."""
    names: list[str] = []
    for title in titles:
        name = attribute_of(title).name
        if name in names:
            raise InvalidSettingError(_("Two columns are named {name}. Remove one of them.").format(name=name))
        names.append(name)
    if UPN not in names:
        message = _(
            "The file has no userPrincipalName column, which is used to match users. The first "
            "row must contain the column names."
        )
        raise InvalidSettingError(message)
    return names


def _row(stored: PeopleImport, header: Sequence[str], numbered: NumberedRow) -> PersonRow:
    number, cells = numbered
    texts = {name: text for name, cell in zip(header, cells, strict=False) if isinstance(text := read(cell), str)}
    full = f"{texts.get('givenName', '')} {texts.get('surname', '')}".strip()
    name = texts.get(UPN, "")
    label = texts.get("displayName") or full or name
    return PersonRow(
        people_import=stored, number=number, cells=cells, key=canonical_key(name), user_name=name, label=label
    )
