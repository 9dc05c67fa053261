"""What the pages of an import show: its steps, its columns, the rows of the check, and the rows that failed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from controlhub.models import ImportMode, ImportRow, RowResult, UserImport
from controlhub.portal.access import PortalRequest
from controlhub.portal.forms.imports import MappingForm, RowPageForm
from controlhub.portal.tables import Column, Table
from controlhub.user_files.exports import BOM, csv_text
from controlhub.user_files.mapping import LABELS, is_known

PAGE = 50
PORTION = 500
CHANGES = 8
"""Changes of a row that the page shows; the rest is counted."""
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
        Column("row", _lazy("Row"), css="num muted"),
        Column("result", _lazy("Result")),
        Column("person", _lazy("Person"), css="c-name", is_row_header=True, is_labelled=False),
        Column("change", _lazy("Change"), css="wrap"),
    ),
)
REASON = "reason"


@dataclass(frozen=True, slots=True)
class Count:
    """A number of rows with a result, and the address of the list of them."""

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


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row of the check as the page shows it."""

    row: ImportRow
    css: str
    changes: list[dict[str, str]]
    more: int
    kept: list[dict[str, str]]
    problems: list[dict[str, str]]


def steps(current: int, *, is_done: bool = False) -> list[dict[str, Any]]:
    """The four steps, for the component of that name."""
    states = ["done" if place < current or is_done else "current" if place == current else "next" for place in range(4)]
    return [{"label": label, "state": state} for label, state in zip(STEPS, states, strict=True)]


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


def summary(found: UserImport) -> list[Count]:
    """How many rows have each result of the check."""
    counts = found.check_job.counts if found.check_job else {}
    texts: list[tuple[str, str | Promise, str | Promise]] = [
        ("create", _("Create"), _("new people")),
        ("update", _("Update"), _("values change")),
        ("unchanged", _("Unchanged"), _("as in the file") if found.mode != ImportMode.ADD else _("stay as they are")),
        ("error", _("Errors"), _("skipped by the import")),
        ("deleted", _("Decide"), _("deleted people")),
        ("deactivate", _("Deactivate"), _("missing from the file")),
    ]
    return [Count(name, label, note, max(0, counts.get(name, 0)), f"?result={name}") for name, label, note in texts]


def rows_page(request: PortalRequest, found: UserImport) -> dict[str, Any]:
    """A page of rows: errors first, then changes in the order of the file, then unchanged ones."""
    form = RowPageForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    rows = found.rows.order_by("rank", "pk")
    rows = rows.filter(result=asked["result"]) if asked.get("result") else rows.filter(rank__lt=2)
    if asked.get("after"):
        rank = asked.get("rank") or 0
        rows = rows.filter(Q(rank__gt=rank) | Q(rank=rank, pk__gt=asked["after"]))
    page = list(rows[: PAGE + 1])
    query = f"result={asked['result']}&" if asked.get("result") else ""
    last = page[PAGE - 1] if len(page) > PAGE else None
    return {
        "rows": [_shown(row) for row in page[:PAGE]],
        "result": asked.get("result", ""),
        "older": f"?{query}rank={last.rank}&after={last.pk}" if last else "",
        "newest": f"?{query}" if asked.get("after") else "",
    }


def _shown(row: ImportRow) -> ShownRow:
    changes, kept = row.details.get("changes", []), row.details.get("kept", [])
    problems = row.details.get("problems", [])
    return ShownRow(
        row,
        RESULT_CSS.get(RowResult(row.result), "") if row.result else "",
        [{"label": _label(key), "before": before, "after": after} for key, before, after in changes[:CHANGES]],
        max(0, len(changes) - CHANGES),
        [{"label": _label(key), "before": before, "after": after} for key, before, after in kept[:CHANGES]],
        [{"column": column, "value": value, "reason": reason} for column, value, reason in problems],
    )


def _label(key: str) -> str:
    return str(LABELS.get(key, key.rpartition(":")[2]))


def failed_lines(found: UserImport) -> Iterator[str]:
    """A CSV file that can be imported again after its rows were corrected; the column `reason` is not imported."""
    yield BOM + csv_text([[*found.header, REASON]])
    failed = found.rows.filter(Q(result=RowResult.ERROR) | Q(failed=True), number__gt=0).order_by("pk")
    last = 0
    while rows := list(failed.filter(pk__gt=last)[:PORTION]):
        last = rows[-1].pk
        yield csv_text([_failed_row(found, row) for row in rows])


def _failed_row(found: UserImport, row: ImportRow) -> list[str]:
    blank = [""] * (len(found.header) - len(row.cells))
    reasons = "; ".join(f"{column}: {reason}" if column else reason for column, _value, reason in _problems(row))
    return [*row.cells, *blank, f"{_('Row {number}').format(number=row.number)}: {reasons}"]


def _problems(row: ImportRow) -> list[list[str]]:
    found: list[list[str]] = row.details.get("problems", [])
    return found
