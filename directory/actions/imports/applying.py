"""The import itself: each row is compared again with the person as they are now, so that nothing is done twice.

People come first. Managers that a later row creates are set afterwards.
"""

from collections import Counter
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from audit.actor import Actor
from controlhub.actions.jobs import Description, JobKind, Problem, Step, register
from controlhub.errors import DomainError
from controlhub.models import Job, Permission, RowOutcome, RowResult
from controlhub.text.names import canonical_key
from directory.actions.imports.checking import find_import
from directory.actions.imports.comparing import MANAGER, Comparison, Portion, manager_of
from directory.actions.imports.control import APPLY
from directory.actions.people import create_people, create_person, update_people, update_person
from directory.models import PeopleImport, Person, PersonRow
from directory.models.imports import ROWS

PORTION = 100
WRITES = (RowResult.CREATE, RowResult.UPDATE)
PEOPLE, MANAGERS = "people", "managers"
FAILED = "failed"
NO_MANAGER = _lazy(
    "The manager was not set, because nobody has that user principal name. Everything else was imported."
)
COUNTS = {
    "created": _lazy("Created"),
    "updated": _lazy("Updated"),
    "unchanged": _lazy("Already matches the file"),
    FAILED: _lazy("Failed"),
}


@register
class PeopleImportJob(JobKind):
    """Imports rows in the order of the file. Each portion is one transaction that also moves the cursor."""

    name = APPLY
    permission = Permission.MANAGE_DIRECTORY

    def plan(self, job: Job) -> int | None:
        return _pending(find_import(job)).count()

    def step(self, job: Job, cursor: Any, *, actor: Actor) -> Step:
        people_import = find_import(job)
        phase, after = cursor or (PEOPLE, 0)
        pending = _pending(people_import) if phase == PEOPLE else people_import.rows.filter(waits=True)
        rows = list(pending.filter(pk__gt=after).order_by("pk")[:PORTION])
        batch = _Batch(people_import, rows, actor)
        if phase == PEOPLE:
            batch.import_people()
        else:
            batch.set_managers()
        following = (phase, rows[-1].pk) if len(rows) == PORTION else None
        if following is None and phase == PEOPLE:
            following = (MANAGERS, 0)
        return Step(following, len(rows) if phase == PEOPLE else 0, batch.counts, batch.problems)

    def describe(self, job: Job) -> Description:
        title = _("Import of {file}").format(file=job.parameters.get("file", ""))
        kwargs = {"directory_import_id": job.parameters["import"]}
        return Description(title, _("rows"), COUNTS, "directory-import-detail", kwargs, _("Open the result"))


def _pending(people_import: PeopleImport) -> QuerySet[PersonRow]:
    return people_import.rows.filter(result__in=WRITES)


class _Batch:
    """The result of a portion: `counts` by outcome, and `problems` of rows that failed."""

    def __init__(self, people_import: PeopleImport, rows: list[PersonRow], actor: Actor) -> None:
        self.people_import, self.rows, self.actor = people_import, rows, actor
        self.counts: Counter[str] = Counter()
        self.problems: list[Problem] = []
        self.portion = Portion(people_import, rows)
        self.new: dict[str, tuple[PersonRow, Comparison]] = {}
        self.changed: list[tuple[PersonRow, Comparison, Person]] = []
        self.waiting: list[int] = []

    def import_people(self) -> None:
        for row in self.rows:
            if canonical_key(manager_of(self.people_import, row)) in self.new:
                self._create()
            compared = self.portion.compare(row)
            try:
                self._import(row, compared)
            except DomainError as error:
                self._fail(row, error.message)
        self._update()
        self._create()
        ROWS.note_outcomes(self.rows)
        PersonRow.objects.filter(pk__in=self.waiting).update(waits=True)

    def set_managers(self) -> None:
        for row in self.rows:
            try:
                self._set_manager(row)
            except DomainError as error:
                self.counts[str(row.outcome)] -= 1
                self._fail(row, error.message)
        ROWS.note_outcomes(self.rows)

    def _set_manager(self, row: PersonRow) -> None:
        person, manager = self.portion.people.get(row.key), self.portion.compare(row).values.get(MANAGER)
        if person is None or manager is None:
            raise DomainError(str(NO_MANAGER))
        with transaction.atomic():
            update_person(person, values={MANAGER: manager}, actor=self.actor)

    def _import(self, row: PersonRow, compared: Comparison) -> None:
        """Collect a person who is new or has changed. Raises DomainError if the row cannot be imported."""
        if compared.problems:
            raise DomainError(compared.problems[0][2])
        person = self.portion.people.get(row.key)
        if person is None and row.result == RowResult.UPDATE:
            raise DomainError(_("This person no longer exists."))
        if person is None:
            self.new[row.key] = (row, compared)
        elif compared.changes:
            self.changed.append((row, compared, person))
        else:
            self._done(row, compared, person, RowOutcome.UNCHANGED)

    def _create(self) -> None:
        """Create the collected people in one statement; one by one if that is refused."""
        new, self.new = list(self.new.values()), {}
        if not new:
            return
        try:
            self._create_all(new)
        except DomainError as error:
            if len(new) == 1:
                self._fail(new[0][0], error.message)
                return
            for one in new:
                self.new = {one[0].key: one}
                self._create()

    def _create_all(self, new: list[tuple[PersonRow, Comparison]]) -> None:
        organization, documents = self.people_import.organization, [compared.values for _row, compared in new]
        if len(new) == 1:  # its errors name the other person
            people = [create_person(organization, values=documents[0], actor=self.actor)]
        else:
            people = create_people(organization, documents, actor=self.actor)
        for (row, compared), person in zip(new, people, strict=True):
            self._done(row, compared, person, RowOutcome.CREATED)

    def _update(self) -> None:
        """Update the people who have changed, in few statements; one by one if that is refused, to get each reason."""
        organization = self.people_import.organization
        documents = {person.pk: compared.values for _row, compared, person in self.changed}
        try:
            update_people(organization, documents, actor=self.actor)
        except DomainError:
            for row, compared, person in self.changed:
                self._update_one(row, compared, person)
        else:
            for row, compared, person in self.changed:
                self._done(row, compared, person, RowOutcome.UPDATED)

    def _update_one(self, row: PersonRow, compared: Comparison, person: Person) -> None:
        try:
            with transaction.atomic():
                update_person(person, values=compared.values, actor=self.actor)
        except DomainError as error:
            self._fail(row, error.message)
        else:
            self._done(row, compared, person, RowOutcome.UPDATED)

    def _done(self, row: PersonRow, compared: Comparison, person: Person, outcome: RowOutcome) -> None:
        self.portion.managers[row.key] = person.pk
        row.outcome, row.user_id, row.exists = outcome, person.pk, True
        self.counts[outcome.value] += 1
        if compared.waits:
            self.waiting.append(row.pk)

    def _fail(self, row: PersonRow, reason: str) -> None:
        """Note why the row could not be imported. Errors come first in the list of rows."""
        row.outcome, row.rank = RowOutcome.ERROR, 0
        row.details["problems"] = [["", "", reason]]
        self.counts[FAILED] += 1
        self.problems.append(Problem(row.number, row.label or row.user_name, reason, row.user_id))
