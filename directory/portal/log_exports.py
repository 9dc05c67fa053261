"""The provisioning log as a ZIP of three CSV files, joined by the change ID, as in Entra.

Each file is written in one pass over the rows, in batches, so that memory use does not depend on their number.
"""

import json
import zipfile
from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

from django.db.models import Q, QuerySet

from controlhub.user_files.cells import written
from controlhub.user_files.exports import BOM, csv_text
from controlhub.user_files.outgoing import Outgoing
from directory.models import Outcome

PORTION = 500
ROW = (
    *("changeId", "cycleId", "jobId", "date", "kind", "identity", "sourceId", "targetId", "sourceSystem"),
    *("targetSystem", "action", "status", "errorCode", "durationInMilliseconds"),
)
STEP = ("changeId", "number", "name", "status", "details")
PROPERTY = ("changeId", "name", "operation", "oldValue", "newValue")
SOURCE = "Core Directory"


def log_chunks(rows: QuerySet[Outcome]) -> Iterator[bytes]:
    """The parts of the ZIP file."""
    file = Outgoing()
    files: tuple[tuple[str, tuple[str, ...], Callable[[Outcome], list[list[Any]]]], ...] = (
        ("ProvisioningLogs.csv", ROW, _rows),
        ("ProvisioningLogs_ProvisioningSteps.csv", STEP, _steps),
        ("ProvisioningLogs_ModifiedProperties.csv", PROPERTY, _properties),
    )
    with zipfile.ZipFile(cast("Any", file), "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, header, lines_of in files:
            with bundle.open(name, "w", force_zip64=True) as lines:
                lines.write((BOM + csv_text([list(header)])).encode())
                for portion in portions(rows):
                    cells = [[_cell(value) for value in line] for row in portion for line in lines_of(row)]
                    lines.write(csv_text(cells).encode())
                    yield file.take()
    yield file.take()


def document_of(row: Outcome) -> dict[str, Any]:
    """The row as a JSON object: columns of the first file by name, `steps`, `modifiedProperties` and `details`."""
    cells = dict(zip(ROW, _rows(row)[0], strict=True))
    return cells | {"steps": row.steps, "modifiedProperties": row.modified, "details": row.details}


def portions(rows: QuerySet[Outcome], size: int = PORTION) -> Iterator[Sequence[Outcome]]:
    """All rows, newest first, at most `size` at a time."""
    rows = rows.select_related("application").order_by("-at", "-pk")
    last: Outcome | None = None
    while True:
        older = rows if last is None else rows.filter(Q(at__lte=last.at) & (Q(at__lt=last.at) | Q(pk__lt=last.pk)))
        found = list(older[:size])
        yield found
        if len(found) < size:
            return
        last = found[-1]


def _rows(row: Outcome) -> list[list[Any]]:
    ids = [row.pk, row.cycle_id, row.application_id]
    target = [row.object_id, row.remote_id, SOURCE, row.application.name]
    result = [row.action, row.status, row.code, row.milliseconds]
    return [[*ids, row.at.isoformat(), row.kind, row.identity, *target, *result]]


def _steps(row: Outcome) -> list[list[Any]]:
    steps = enumerate(row.steps, 1)
    return [[row.pk, number, step["step"], step["status"], step["details"]] for number, step in steps]


def _properties(row: Outcome) -> list[list[Any]]:
    return [[row.pk, each["name"], each.get("operation"), each["old"], each["new"]] for each in row.modified]


def _cell(value: Any) -> str:
    """The value as text that no spreadsheet takes for a formula; "" if it is not set."""
    if value is None or value == "":
        return ""
    return written(json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list | bool) else str(value))
