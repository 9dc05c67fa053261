"""The import itself: each row is compared with the current user again, so that no change is made twice."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.actor import Actor
from controlhub.actions.imports.checking import find_import
from controlhub.actions.imports.control import APPLY
from controlhub.actions.jobs import Description, JobKind, Problem, Step, register
from controlhub.actions.refusals import RefusedRoleError
from controlhub.actions.role_grants import give_role
from controlhub.actions.uniqueness import claim_values
from controlhub.actions.users import create_users, deactivate_user, reactivate_user, update_user
from controlhub.errors import DomainError
from controlhub.models import (
    DeletedChoice,
    ImportRow,
    Job,
    Permission,
    RowOutcome,
    RowResult,
    Source,
    User,
    UserImport,
)
from controlhub.models.imports import LISTED_FIRST
from controlhub.sql.import_rows import USER_ROWS
from controlhub.user_files.comparing import Comparison, Rules, compare, unique_values
from controlhub.user_files.rows import load_managers, rules_of

PORTION = 200
WRITES = (RowResult.CREATE, RowResult.UPDATE, RowResult.DELETED, RowResult.DEACTIVATE)
COUNTS = {
    "created": gettext_lazy("Created"),
    "updated": gettext_lazy("Updated"),
    "restored": gettext_lazy("Restored"),
    "deactivated": gettext_lazy("Deactivated"),
    "unchanged": gettext_lazy("Already matches the file"),
    "left_out": gettext_lazy("Left out"),
    "failed": gettext_lazy("Failed"),
}


@register
class UserImportJob(JobKind):
    """Imports rows in the order of the file. Each batch is one transaction that also moves the cursor."""

    name = APPLY
    permission = Permission.MANAGE_USERS

    def plan(self, job: Job) -> int | None:
        return _pending(find_import(job)).count()

    def step(self, job: Job, cursor: Any, *, actor: Actor) -> Step:
        user_import = find_import(job)
        rows = list(_pending(user_import).filter(pk__gt=cursor or 0).order_by("pk")[:PORTION])
        portion = Portion(user_import, rows, actor)
        portion.carry_out()
        portion.note()
        after = rows[-1].pk if len(rows) == PORTION else None
        return Step(after, len(rows), portion.counts, portion.problems, portion.refusals)

    def describe(self, job: Job) -> Description:
        title = _("Import of {file}").format(file=job.parameters.get("file", ""))
        kwargs = {"import_id": job.parameters["import"]}
        return Description(title, _("rows"), COUNTS, "user-import-detail", kwargs, _("Open the result"))


def _pending(user_import: UserImport) -> QuerySet[ImportRow]:
    return user_import.rows.filter(result__in=WRITES)


@dataclass(slots=True)
class _New:
    row: ImportRow
    compared: Comparison


class Portion:
    """The result of a batch of rows: `counts` by outcome, and `problems` of rows that failed.

    `refusals` are the reasons why something was above the importer's role.
    """

    def __init__(self, user_import: UserImport, rows: list[ImportRow], actor: Actor) -> None:
        self.user_import, self.rows, self.actor = user_import, rows, actor
        self.counts: Counter[str] = Counter()
        self.problems: list[Problem] = []
        self.refusals: set[str] = set()
        self.rules: Rules = rules_of(user_import, actor)

    def carry_out(self) -> None:
        users = self._locked()
        load_managers(self.rules, self.rows, users.values(), self.user_import)
        new: list[_New] = []
        for row in self.rows:
            user = users.get(str(self._user_id(row)))
            if user is not None:
                self._change(row, user)
            elif row.result in {RowResult.CREATE, RowResult.DELETED} and not self._is_restored(row):
                self._plan(row, new)
            else:
                self._fail(row, _("This person no longer exists."))
        self._create(new)

    def note(self) -> None:
        """Save the outcome of each row."""
        USER_ROWS.note_outcomes(self.rows)

    def _is_restored(self, row: ImportRow) -> bool:
        return row.result == RowResult.DELETED and self.user_import.deleted_choice == DeletedChoice.RESTORE

    def _user_id(self, row: ImportRow) -> object:
        return row.details.get("deleted") if self._is_restored(row) else row.user_id

    def _locked(self) -> dict[str, User]:
        """Returns the users of the rows, locked in a fixed order."""
        ids = [self._user_id(row) for row in self.rows]
        users = User.objects.in_organization(self.user_import.organization).locked()
        found = users.filter(pk__in=ids).select_related("organization").order_by("pk")
        return {str(user.pk): user for user in found}

    def _plan(self, row: ImportRow, new: list[_New]) -> None:
        """Add a new person to `new`, unless the row is left out or has a problem."""
        if row.result == RowResult.DELETED and self.user_import.deleted_choice != DeletedChoice.CREATE:
            self._skip(row)
            return
        compared = compare(self.rules, row.cells, None, is_owned=False, role="")
        if compared.problems:
            self._fail_compared(row, compared)
        else:
            new.append(_New(row, compared))

    def _create(self, new: list[_New]) -> None:
        """Create all people in one statement, or one by one if that fails."""
        if not new:
            return
        try:
            with transaction.atomic():
                self._insert(new)
        except DomainError:
            for one in new:
                self._try(one.row, partial(self._insert, [one]), RowOutcome.CREATED)
        else:
            for one in new:
                self._done(one.row, RowOutcome.CREATED)

    def _insert(self, new: list[_New]) -> None:
        users = create_users(
            self.user_import.organization,
            [(one.compared.document, ()) for one in new],
            ids=[one.row.user_id for one in new if one.row.user_id],
            source=Source.IMPORT,
            actor=self.actor,
        )
        for user, one in zip(users, new, strict=True):
            self._finish(user, one.compared)

    def _change(self, row: ImportRow, user: User) -> None:
        if row.result == RowResult.DEACTIVATE:
            if user.active:
                self._try(row, lambda: deactivate_user(user, actor=self.actor), RowOutcome.DEACTIVATED)
            else:
                self._done(row, RowOutcome.UNCHANGED)
            return
        if row.result == RowResult.DELETED:
            row.user_id = user.pk
            self._try(row, lambda: self._restore(row, user), RowOutcome.RESTORED)
            return
        is_owned = user.connection_id is not None
        compared = compare(self.rules, row.cells, user.document, is_owned=is_owned, role=user.portal_role)
        if compared.problems:
            self._fail_compared(row, compared)
        elif not compared.changes:
            self._done(row, RowOutcome.UNCHANGED)
        else:
            self._try(row, lambda: self._update(user, compared), RowOutcome.UPDATED)

    def _restore(self, row: ImportRow, user: User) -> None:
        if user.is_deleted:
            user = reactivate_user(user, actor=self.actor)
        user = User.objects.locked().select_related("organization").get(pk=user.pk)
        is_owned = user.connection_id is not None
        compared = compare(self.rules, row.cells, user.document, is_owned=is_owned, role=user.portal_role)
        if compared.problems:
            if compared.refused:
                self.refusals.add(compared.refused)
            raise DomainError(compared.problems[0][2])
        self._update(user, compared)

    def _update(self, user: User, compared: Comparison) -> None:
        if compared.document != user.document:
            update_user(user, document=compared.document, actor=self.actor)
        self._finish(user, compared)

    def _finish(self, user: User, compared: Comparison) -> None:
        """Apply what follows from the new document: unique values and the role."""
        if self.rules.schema.uniques:
            values = unique_values(self.rules.schema, user.document)
            claim_values(self.user_import.organization.pk, "User", user.pk, values)
        if compared.role:
            give_role(user, role=compared.role, actor=self.actor)

    def _try(self, row: ImportRow, act: Callable[[], object], outcome: RowOutcome) -> None:
        try:
            with transaction.atomic():
                act()
        except DomainError as error:
            self._fail(row, error.message)
            if isinstance(error, RefusedRoleError):
                self.refusals.add(error.reason)
        else:
            self._done(row, outcome)

    def _done(self, row: ImportRow, outcome: RowOutcome) -> None:
        row.outcome, row.exists = outcome, True
        self.counts[outcome.value] += 1

    def _skip(self, row: ImportRow) -> None:
        row.outcome = RowOutcome.LEFT_OUT
        row.details["problems"] = [["", "", _("A deleted person has this address. The row was left out.")]]
        self.counts[RowOutcome.LEFT_OUT.value] += 1

    def _fail_compared(self, row: ImportRow, compared: Comparison) -> None:
        self._fail(row, compared.problems[0][2])
        if compared.refused:
            self.refusals.add(compared.refused)

    def _fail(self, row: ImportRow, reason: str) -> None:
        """Record why the row could not be imported. Errors come first in the list of rows."""
        row.outcome, row.rank = RowOutcome.ERROR, LISTED_FIRST
        row.details["problems"] = [["", "", reason]]
        self.counts["failed"] += 1
        self.problems.append(Problem(row.number, row.label or row.user_name, reason, row.user_id))
