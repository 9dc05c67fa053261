"""The contents of the pages of an import: its steps, its columns, the rows of the check, and the rows that failed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from controlhub.actions.exports import note_download
from controlhub.actions.organizations import audit_target
from controlhub.models import FileImport, FileRow, ImportMode, Job, JobState, RowOutcome, RowResult, UserImport
from controlhub.models.imports import NOT_IN_FILE
from controlhub.portal.access import PortalRequest
from controlhub.portal.downloads import download
from controlhub.portal.forms.imports import WAITING, MappingForm, RowPageForm
from controlhub.portal.shown_jobs import shown
from controlhub.portal.tables import Column, Table
from controlhub.text.spreadsheets import cell_text
from controlhub.text.stored_texts import shown_text
from controlhub.user_files.exports import BOM, csv_text
from controlhub.user_files.mapping import LABELS, is_known

Labels = Mapping[str, str | Promise]
PAGE = 50
PORTION = 500
CHANGES = 8
"""The maximum number of changes that the page shows for a row; the others are counted."""
STEPS = (_lazy("Upload"), _lazy("Map columns"), _lazy("Check"), _lazy("Import"))
COLUMN_TABLE = Table(
    _lazy("Columns of the file"),
    (
        Column("name", _lazy("Column in the file"), css="c-name wrap", is_row_header=True, is_labelled=False),
        Column("samples", _lazy("Sample values"), css="wrap muted"),
        Column("attribute", _lazy("Attribute")),
        Column("check", _lazy("Check"), css="muted"),
    ),
)
CHECK_TABLE = Table(
    _lazy("Rows of the file"),
    (
        Column("row", _lazy("Row"), css="num muted c-row"),
        Column("result", _lazy("Result"), css="c-res"),
        Column("person", _lazy("Person"), css="c-name", is_row_header=True, is_labelled=False),
        Column("change", _lazy("Changes"), css="wrap"),
    ),
    css="checked",
)
EARLIER = Table(
    _lazy("Earlier imports"),
    (
        Column("file", _lazy("File"), css="c-name", is_row_header=True, is_labelled=False),
        Column("rows", _lazy("Rows"), css="num"),
        Column("state", _lazy("State")),
        Column("who", _lazy("Uploaded by"), css="hide-md"),
        Column("when", _lazy("Uploaded"), css="muted"),
    ),
)
LISTED = 10
"""The maximum number of earlier imports that the first page lists."""
REASON = "reason"


@dataclass(frozen=True, slots=True)
class Count:
    """The number of rows with a result, and the address of the list of these rows."""

    result: str
    label: str | Promise
    note: str | Promise
    number: int
    url: str
    is_current: bool = False


RESULT_CSS = {
    RowResult.CREATE: "res--create",
    RowResult.UPDATE: "res--update",
    RowResult.ERROR: "res--error",
    RowResult.DELETED: "res--deleted",
}


RESULTS = ("create", "update", "unchanged", "error", "deleted", "deactivate")
OUTCOME_CSS = {
    RowOutcome.CREATED: "res--create",
    RowOutcome.RESTORED: "res--create",
    RowOutcome.UPDATED: "res--update",
    RowOutcome.LEFT_OUT: "res--error",
    RowOutcome.ERROR: "res--error",
}


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row as the page shows it: with the result of the check, or with what the import did."""

    row: FileRow
    result: str | Promise
    css: str
    changes: list[dict[str, str]]
    more: int
    kept: list[dict[str, str]]
    problems: list[dict[str, str]]

    @property
    def is_new(self) -> bool:
        """Whether the row replaces no values, like the row of a new person."""
        return not self.kept and not any(change["before"] for change in self.changes)


def steps(current: int, *, labels: Sequence[str | Promise] = STEPS, is_done: bool = False) -> list[dict[str, Any]]:
    """The steps, for the component of that name."""

    def state(place: int) -> str:
        if place < current or is_done:
            return "done"
        return "current" if place == current else "next"

    return [{"label": label, "state": state(place)} for place, label in enumerate(labels)]


def detail(request: PortalRequest, found: FileImport, *, labels: Labels = LABELS) -> dict[str, Any]:
    """The context of the page of an import whose check has begun; `labels` are the names of attributes."""
    job = found.job or found.check_job
    return {
        "found": found,
        "job": job,
        "shown": shown(job) if job else None,
        "may_control": True,
        "is_imported": found.job is not None,
        "is_checked": bool(found.check_job and found.check_job.state == JobState.DONE),
        "table": CHECK_TABLE,
        "to_change": _to_change(found),
        **rows_page(request, found, labels),
    }


def download_rows(request: PortalRequest, lines: Iterator[str], name: str) -> HttpResponse:
    """A CSV file of rows of an import. The download is recorded."""
    note_download(audit_target(request.organization), file=name, actor=request.actor)
    return download(lines, name)


def described_columns(found: UserImport, form: MappingForm, remembered: dict[str, str]) -> list[dict[str, Any]]:
    """The rows of the table of columns."""
    return [
        {"name": name, "samples": ", ".join(column["samples"]), "field": field, "check": _check(column, field)}
        | {"is_new": bool(remembered) and not is_known(name, remembered)}
        for name, column, field in zip(found.header, found.columns, form.columns, strict=True)
    ]


def _check(column: dict[str, Any], field: forms.BoundField) -> str:
    if not field.value():
        return _("Not imported")
    if column["empty"]:
        return ngettext("{number} empty cell", "{number} empty cells", column["empty"]).format(number=column["empty"])
    return _("No duplicates") if column["is_unique"] else _("No empty cells")


def summary(found: FileImport, *, results: Sequence[str] = RESULTS) -> list[Count]:
    """The number of rows with each of these results of the check or, once the import has begun, with each outcome."""
    return _outcomes(found) if found.job else [count for count in _results(found) if count.result in results]


def _to_change(found: FileImport) -> int:
    """The number of people that the import would create, update or deactivate."""
    counts = found.check_job.counts if found.check_job else {}
    return sum(max(0, counts.get(name, 0)) for name in ("create", "update", "deactivate"))


def _results(found: FileImport) -> list[Count]:
    counts = found.check_job.counts if found.check_job else {}
    is_add_only = isinstance(found, UserImport) and found.mode == ImportMode.ADD
    texts: list[tuple[str, str | Promise, str | Promise]] = [
        ("create", _("Create"), _("new people")),
        ("update", _("Update"), _("values change")),
        ("unchanged", _("Unchanged"), _("stay as they are") if is_add_only else _("as in the file")),
        ("error", _("Errors"), _("skipped by the import")),
        ("deleted", _("Decide"), _("deleted people")),
        ("deactivate", _("Deactivate"), _("missing from the file")),
    ]
    return [Count(name, label, note, max(0, counts.get(name, 0)), f"?result={name}") for name, label, note in texts]


def _outcomes(found: FileImport) -> list[Count]:
    """The rows by what the import did with them; errors and unchanged rows include those that the check found."""
    done, checked = (found.job.counts if found.job else {}), (found.check_job.counts if found.check_job else {})
    waiting = max(0, (found.job.total or 0) - found.job.done) if found.job else 0
    is_over = bool(found.job and found.job.is_finished)
    errors = done.get("failed", 0) + checked.get("error", 0)
    unchanged = done.get("unchanged", 0) + checked.get("unchanged", 0)
    texts: list[tuple[str, str | Promise, str | Promise, int]] = [
        ("created", _("Created"), _("new people"), done.get("created", 0)),
        ("updated", _("Updated"), _("values changed"), done.get("updated", 0)),
        ("restored", _("Restored"), _("deleted people"), done.get("restored", 0)),
        ("deactivated", _("Deactivated"), _("missing from the file"), done.get("deactivated", 0)),
        ("unchanged", _("Unchanged"), _("nothing to do"), unchanged),
        ("left_out", _("Left out"), _("deleted people"), done.get("left_out", 0)),
        ("error", _("Errors"), _("not imported"), errors),
        (WAITING, _("Not imported") if is_over else _("Waiting"), _("the job has ended") if is_over else "", waiting),
    ]
    always = {"created", "updated", "unchanged", "error"}
    return [
        Count(name, label, note, number, f"?outcome={name}")
        for name, label, note, number in texts
        if number or name in always
    ]


def rows_page(request: PortalRequest, found: FileImport, labels: Labels) -> dict[str, Any]:
    """A page of rows: errors first, then changes in the order of the file, then unchanged ones."""
    form = RowPageForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    rows = found.rows.order_by("rank", "pk")
    chosen = asked.get("result") or asked.get("outcome") or ""
    if asked.get("result"):
        rows = rows.filter(result=chosen)
    else:
        rows = rows.filter(_with_outcome(chosen)) if chosen else rows.filter(rank__lt=2)
    if asked.get("after"):
        rank = asked.get("rank") or 0
        rows = rows.filter(Q(rank__gt=rank) | Q(rank=rank, pk__gt=asked["after"]))
    page = list(rows[: PAGE + 1])
    query = f"{'result' if asked.get('result') else 'outcome'}={chosen}&" if chosen else ""
    last = page[PAGE - 1] if len(page) > PAGE else None
    return {
        "rows": [_shown(row, found.job, labels) for row in page[:PAGE]],
        "result": chosen,
        "older": f"?{query}rank={last.rank}&after={last.pk}" if last else "",
        "newest": f"?{query}" if asked.get("after") else "",
    }


def _with_outcome(outcome: str) -> Q:
    """The rows with this outcome. Errors and unchanged rows that the check found are not touched by the import."""
    if outcome == WAITING:
        return Q(outcome="") & ~Q(result__in=[RowResult.ERROR, RowResult.UNCHANGED])
    checked = {RowOutcome.ERROR: RowResult.ERROR, RowOutcome.UNCHANGED: RowResult.UNCHANGED}
    result = checked.get(RowOutcome(outcome))
    return Q(outcome=outcome) | Q(result=result) if result else Q(outcome=outcome)


def outcome_of(row: FileRow, *, is_over: bool = True) -> tuple[str | Promise, str]:
    """What happened to a row in an import that has begun, and the CSS class for it."""
    if row.outcome:
        return RowOutcome(row.outcome).label, OUTCOME_CSS.get(RowOutcome(row.outcome), "")
    if row.result == RowResult.ERROR:
        return RowOutcome.ERROR.label, OUTCOME_CSS[RowOutcome.ERROR]
    if row.result == RowResult.UNCHANGED:
        return RowOutcome.UNCHANGED.label, ""
    return _("Not imported") if is_over else _("Waiting"), ""


def _shown(row: FileRow, job: Job | None, labels: Labels) -> ShownRow:
    """`job` is the import, once it has begun."""
    changes, kept = row.details.get("changes", []), row.details.get("kept", [])
    problems = row.details.get("problems", [])
    result: str | Promise = RowResult(row.result).label if row.result else ""
    css = RESULT_CSS.get(RowResult(row.result), "") if row.result else ""
    if job:
        result, css = outcome_of(row, is_over=job.is_finished)
    return ShownRow(
        row,
        result,
        css,
        [{"label": _label(key, labels), "before": before, "after": after} for key, before, after in changes[:CHANGES]],
        max(0, len(changes) - CHANGES),
        [{"label": _label(key, labels), "before": before, "after": after} for key, before, after in kept[:CHANGES]],
        [{"column": column, "value": value, "reason": shown_text(reason)} for column, value, reason in problems],
    )


def _label(key: str, labels: Labels) -> str:
    return str(labels.get(key, key.rpartition(":")[2]))


def failed_lines(found: FileImport) -> Iterator[str]:
    """A CSV file of the failed rows, to correct and import again; its column `reason` is not imported."""
    yield BOM + csv_text([[*map(cell_text, found.header), REASON]])
    failed = Q(result=RowResult.ERROR) | Q(outcome__in=[RowOutcome.ERROR, RowOutcome.LEFT_OUT])
    for rows in _portions(found.rows.filter(failed, number__gt=NOT_IN_FILE)):
        yield csv_text([_failed_row(found, row) for row in rows])


def result_lines(found: FileImport) -> Iterator[str]:
    """A CSV file with the outcome of each row: its number, outcome, reason and person, then its cells."""
    yield BOM + csv_text([[_("Row"), _("Result"), _("Reason"), "userName", "id", *map(cell_text, found.header)]])
    for rows in _portions(found.rows.all()):
        yield csv_text([_result_row(row) for row in rows])


def _result_row(row: FileRow) -> list[str]:
    outcome, _css = outcome_of(row)
    person = [row.user_name, str(row.user_id) if row.exists and row.user_id else ""]
    return [
        str(row.number or ""),
        str(outcome),
        *map(cell_text, (_reason(row), *person)),
        *(cell_text(cell.strip()) for cell in row.cells),
    ]


def _portions(rows: QuerySet[Any]) -> Iterator[list[Any]]:
    """The rows in the order of the file, in batches."""
    last = 0
    while found := list(rows.filter(pk__gt=last).order_by("pk")[:PORTION]):
        last = found[-1].pk
        yield found


def _failed_row(found: FileImport, row: FileRow) -> list[str]:
    blank = [""] * (len(found.header) - len(row.cells))
    cells = [cell_text(cell.strip()) for cell in row.cells]
    return [*cells, *blank, f"{_('Row {number}').format(number=row.number)}: {_reason(row)}"]


def _reason(row: FileRow) -> str:
    """Why a row was not imported, or not exactly as it is; "" if there is no reason."""
    problems: list[list[str]] = row.details.get("problems", [])
    texts = [(column, shown_text(reason)) for column, _value, reason in problems]
    return "; ".join(f"{column}: {text}" if column else text for column, text in texts)
