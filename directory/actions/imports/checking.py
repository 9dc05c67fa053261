"""The dry run: who each row is about, and what would change."""

from collections import Counter
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from audit.actor import Actor
from controlhub.actions.jobs import Description, JobKind, Step, register
from controlhub.errors import DomainError
from controlhub.models import Job, Permission, RowResult
from directory.actions.imports.comparing import Comparison, Portion
from directory.actions.imports.control import CHECK
from directory.models import PeopleImport, Person, PersonRow
from directory.models.imports import ROWS

PORTION = 500
RANKS = {RowResult.ERROR: 0, RowResult.UNCHANGED: 2}
COUNTS = {
    "create": _lazy("Create"),
    "update": _lazy("Update"),
    "unchanged": _lazy("Unchanged"),
    "error": _lazy("Errors"),
}


@register
class PeopleImportCheck(JobKind):
    """Compares the rows in the order of the file."""

    name = CHECK
    permission = Permission.MANAGE_DIRECTORY

    def plan(self, job: Job) -> int | None:
        return find_import(job).row_count

    def step(self, job: Job, cursor: Any, *, actor: Actor) -> Step:
        del actor  # nobody is changed
        found = find_import(job)
        rows = list(found.rows.filter(pk__gt=cursor or 0).order_by("pk")[:PORTION])
        portion = Portion(found, rows)
        for row in rows:
            _note(row, portion.compare(row), portion.people.get(row.key))
        ROWS.note_results(rows)
        after = rows[-1].pk if len(rows) == PORTION else None
        return Step(after, len(rows), Counter(str(row.result) for row in rows))

    def describe(self, job: Job) -> Description:
        title = _("Check of import {file}").format(file=job.parameters.get("file", ""))
        kwargs = {"directory_import_id": job.parameters["import"]}
        return Description(title, _("rows"), COUNTS, "directory-import-detail", kwargs, _("Open the check"))


def find_import(job: Job) -> PeopleImport:
    """The import of a job. Raises DomainError if it no longer exists."""
    imports = PeopleImport.objects.in_organization(job.organization)
    found = imports.filter(pk=job.parameters["import"]).first()
    if found is None:
        raise DomainError(_("The file of this import was deleted. Upload it again."))
    found.organization = job.organization
    return found


def _note(row: PersonRow, compared: Comparison, person: Person | None) -> None:
    row.user_id, row.exists = (person.pk, True) if person else (None, False)
    if person and row.label == row.user_name:
        row.label = str(person)
    if compared.problems:
        row.result = RowResult.ERROR
    elif person is None:
        row.result = RowResult.CREATE
    else:
        row.result = RowResult.UPDATE if compared.changes else RowResult.UNCHANGED
    row.rank = RANKS.get(RowResult(row.result), 1)
    row.details = {"changes": compared.changes, "problems": compared.problems}
