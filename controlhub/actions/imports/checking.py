"""The dry run: which user each row matches, and what would change."""

from collections import Counter
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.actor import Actor
from controlhub.actions.bursts import burst_limit
from controlhub.actions.imports.control import CHECK
from controlhub.actions.jobs import Description, JobKind, Step, register
from controlhub.errors import DomainError
from controlhub.models import ImportMode, ImportRow, Job, MatchBy, Permission, RowResult, User, UserImport
from controlhub.models.ids import new_id
from controlhub.models.imports import LISTED_FIRST, NOT_IN_FILE
from controlhub.sql.import_rows import USER_ROWS, note_matches
from controlhub.text.languages import in_english
from controlhub.user_files.comparing import EMPTY_KEY, PERSON_ABOVE, SAME_KEY, Comparison, Rules, compare
from controlhub.user_files.rows import (
    above,
    deleted_by_name,
    keys_of,
    label_of,
    load_managers,
    matching,
    rules_of,
)

PORTION = 500
RANKS = {RowResult.ERROR: LISTED_FIRST, RowResult.DELETED: LISTED_FIRST, RowResult.UNCHANGED: 2}
COUNTS = {
    "create": gettext_lazy("Create"),
    "update": gettext_lazy("Update"),
    "unchanged": gettext_lazy("Unchanged"),
    "deleted": gettext_lazy("Decide"),
    "error": gettext_lazy("Errors"),
    "deactivate": gettext_lazy("Deactivate"),
}


@register
class ImportCheck(JobKind):
    """Matches all rows, then compares them, then finds missing users.

    Matching comes first because a row can name a manager further down. Only compared rows count as progress.
    """

    name = CHECK
    permission = Permission.MANAGE_USERS

    def plan(self, job: Job) -> int | None:
        return find_import(job).row_count

    def step(self, job: Job, cursor: Any, *, actor: Actor) -> Step:
        user_import = find_import(job)
        phase, after = cursor or ("match", 0)
        if phase == "missing":
            return _find_missing(user_import, int(after), actor)
        rows = list(user_import.rows.filter(pk__gt=after, number__gt=NOT_IN_FILE).order_by("pk")[:PORTION])
        following = _next(user_import, phase, rows)
        if phase == "match":
            _match(user_import, rows, actor)
            return Step(following)
        refusals = _compare(user_import, rows, actor)
        return Step(following, len(rows), Counter(str(row.result) for row in rows), refusals=refusals)

    def describe(self, job: Job) -> Description:
        title = _("Check of import {file}").format(file=job.parameters.get("file", ""))
        kwargs = {"import_id": job.parameters["import"]}
        return Description(title, _("rows"), COUNTS, "user-import-detail", kwargs, _("Open the check"))


def find_import(job: Job) -> UserImport:
    """Returns the import of a job. DomainError if it was deleted."""
    found = UserImport.objects.in_organization(job.organization).filter(pk=job.parameters["import"]).first()
    if found is None:
        raise DomainError(_("The file of this import was deleted. Upload it again."))
    found.organization = job.organization
    return found


def _next(user_import: UserImport, phase: str, rows: list[ImportRow]) -> tuple[str, int] | None:
    if len(rows) == PORTION:
        return phase, rows[-1].pk
    if phase == "match":
        return "compare", 0
    return ("missing", 0) if user_import.mode == ImportMode.DEACTIVATE else None


def _match(user_import: UserImport, rows: list[ImportRow], actor: Actor) -> None:
    """Save the user of each row, or the id that a new user will get."""
    mapping = rules_of(user_import, actor).mapping
    for row in rows:
        row.key, row.name_key, row.user_name = keys_of(mapping, row.cells, user_import.match_by)
        row.label = label_of(mapping, row.cells)
    found = matching(user_import.organization, user_import.match_by, (row.key for row in rows))
    for row in rows:
        users = found.get(row.key, [])
        row.exists = len(users) == 1
        row.user_id = users[0].pk if users else new_id()
    note_matches(
        [row.pk for row in rows],
        keys=[row.key for row in rows],
        name_keys=[row.name_key for row in rows],
        user_names=[row.user_name for row in rows],
        labels=[row.label for row in rows],
        user_ids=[row.user_id for row in rows],
        found=[row.exists for row in rows],
    )


def _compare(user_import: UserImport, rows: list[ImportRow], actor: Actor) -> set[str]:
    """Set the results of the rows. Returns the reasons why something is above the importer's role."""
    found = matching(user_import.organization, user_import.match_by, (row.key for row in rows))
    users = {key: matches[0] for key, matches in found.items()}
    rules = rules_of(user_import, actor)
    load_managers(rules, rows, users.values(), user_import)
    known = _Known(user_import, rows, found, above(actor, list(users.values())))
    refused = {_decide(user_import, rules, row, users.get(row.key), known) for row in rows}
    USER_ROWS.note_results(rows)
    return refused - {""}


class _Known:
    """What is looked up at once for a batch of rows."""

    def __init__(
        self, user_import: UserImport, rows: list[ImportRow], found: dict[str, list[User]], too_high: set[UUID]
    ) -> None:
        self.found, self.too_high = found, too_high
        self.first_of_key = USER_ROWS.first_numbers(user_import.pk, {row.key for row in rows})
        names = {row.name_key for row in rows}
        self.first_of_name = USER_ROWS.first_numbers(user_import.pk, names, column="name_key")
        new = [row.name_key for row in rows if row.key not in found]
        self.deleted = deleted_by_name(user_import.organization, new)
        self.named: dict[str, list[User]] = {}
        if user_import.match_by != MatchBy.USER_NAME:
            self.named = matching(user_import.organization, MatchBy.USER_NAME, names)


def _decide(user_import: UserImport, rules: Rules, row: ImportRow, user: User | None, known: _Known) -> str:
    """Set the result and details of a row. Returns why it is above the importer's role, in English, or ""."""
    compared = compare(
        rules,
        row.cells,
        user.document if user else None,
        is_owned=bool(user and user.connection_id),
        role=user.portal_role if user else "",
    )
    compared.problems += _conflicts(user_import, row, user, known)
    if user and user.pk in known.too_high and (compared.changes or compared.role):
        compared.refused = in_english(PERSON_ABOVE)
        compared.problems.append(["", "", str(PERSON_ABOVE)])
    if user and not row.label:
        row.label = user.display_label
    row.result = _result(user_import, compared, user, is_deleted=row.name_key in known.deleted)
    row.rank = RANKS.get(RowResult(row.result), 1)
    row.details = compared.details
    if row.result == RowResult.DELETED:
        row.details["deleted"] = str(known.deleted[row.name_key].pk)
    return compared.refused


def _result(user_import: UserImport, compared: Comparison, user: User | None, *, is_deleted: bool) -> RowResult:
    if compared.problems:
        return RowResult.ERROR
    if user is None:
        return RowResult.DELETED if is_deleted else RowResult.CREATE
    if user_import.mode == ImportMode.ADD or not compared.changes:
        return RowResult.UNCHANGED
    return RowResult.UPDATE


def _conflicts(user_import: UserImport, row: ImportRow, user: User | None, known: _Known) -> list[list[str]]:
    """Returns the row's conflicts with other rows and other users."""
    problems = []
    if not row.key:
        problems.append([user_import.match_by, "", _(EMPTY_KEY).format(attribute=user_import.match_by)])
    for key, first, name in (
        (row.key, known.first_of_key, user_import.match_by),
        (row.name_key, known.first_of_name, "userName"),
    ):
        if key and first.get(key, row.number) < row.number:
            problems.append([name, key, _(SAME_KEY).format(number=first[key], attribute=name)])
            break
    if len(known.found.get(row.key, [])) > 1:
        problems.append([user_import.match_by, row.key, _("Several people have this value. Match by userName.")])
    others = known.named.get(row.name_key, [])
    if others and (user is None or others[0].pk != user.pk):
        problems.append(["userName", row.user_name, _("Another person has this userName.")])
    return problems


def _find_missing(user_import: UserImport, after: int, actor: Actor) -> Step:
    """Add rows for the next Active users who are not in the file, except the importer and users that a directory owns.

    If a row has an error or needs a decision, or if more users than the burst limit are missing, no missing user is
    deactivated.
    """
    if not after and user_import.rows.filter(rank=LISTED_FIRST).exists():
        return _refuse(user_import, "errors")
    users = User.objects.in_organization(user_import.organization).listed().active().filter(connection=None)
    found = list(users.filter(ordinal__gt=after).order_by("ordinal")[:PORTION])
    present = set(user_import.rows.filter(user_id__in=[user.pk for user in found]).values_list("user_id", flat=True))
    missing = [user for user in found if user.pk not in present and str(user.pk) != actor.id]
    ImportRow.objects.bulk_create(_leaving(user_import, user) for user in missing)
    if user_import.rows.filter(number=NOT_IN_FILE).count() > burst_limit(user_import.organization):
        return _refuse(user_import, "limit")
    cursor = ("missing", found[-1].ordinal) if len(found) == PORTION else None
    return Step(cursor, 0, {"deactivate": len(missing)})


def _leaving(user_import: UserImport, user: User) -> ImportRow:
    return ImportRow(
        user_import=user_import,
        number=NOT_IN_FILE,
        user_id=user.pk,
        exists=True,
        label=user.display_label,
        user_name=user.user_name,
        result=RowResult.DEACTIVATE,
        rank=1,
    )


def _refuse(user_import: UserImport, reason: str) -> Step:
    """Deactivate no missing user, and store the reason for the page. Users who were already counted are subtracted."""
    job = user_import.check_job
    counted = job.counts.get("deactivate", 0) if job else 0
    user_import.rows.filter(number=NOT_IN_FILE).delete()
    UserImport.objects.filter(pk=user_import.pk).update(missing_refused=reason)
    return Step(None, 0, {"deactivate": -counted})
