"""The results of a dry run or a comparison, as its page and its file show them: counted, named, with the reason."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from controlhub.models import Job, JobProblem
from controlhub.portal.tables import Column, Table
from controlhub.user_files.cells import written
from controlhub.user_files.exports import BOM, csv_text
from directory.engine.dry_runs import COMPARED, LABELS, UNNAMED
from directory.engine.strangers import DUPLICATE, ORPHAN
from directory.models import Application
from directory.portal.log_texts import explanation_of

PAGE = 50
PORTION = 500
MOST_CHANGES = 5
"""The maximum number of changes of an object that the page names."""
REMOVING = ("disable", "delete")
CSS = {
    "create": "res--create",
    "recreate": "res--create",
    "enable": "res--create",
    "update": "res--update",
    "link": "res--update",
    "disable": "res--error",
    "delete": "res--deleted",
    "conflict": "res--error",
    "duplicate": "res--error",
}
TABLE = Table(
    _lazy("Effects"),
    (
        Column("identity", _lazy("Identity"), css="c-name", is_row_header=True, is_labelled=False),
        Column("effect", _lazy("Effect")),
        Column("change", _lazy("Changes"), css="wrap"),
        Column("reason", _lazy("Reason"), css="wrap muted"),
    ),
)


@dataclass(frozen=True, slots=True)
class EffectCount:
    """The number of objects with the same effect. `url` is the list of them, "" if they are not named."""

    name: str
    label: str | Promise
    number: int
    url: str


@dataclass(frozen=True, slots=True)
class EffectRow:
    """One object, and what would happen to it."""

    label: str
    kind: str | Promise
    effect: str | Promise
    css: str
    changes: list[str]
    more: int
    reason: str


def counts_of(job: Job) -> list[EffectCount]:
    """The effects that the run has found, and the usual ones even if they are 0."""
    usual: tuple[str, ...] = ("create", "update", "disable", "delete", "skip", "conflict", *UNNAMED)
    compares = bool(job.parameters.get("compares"))
    usual = (*usual, *COMPARED) if compares else usual
    shown = [name for name in map(str, LABELS) if name in usual or job.counts.get(name)]
    labels = {str(name): label for name, label in LABELS.items()}
    return [
        EffectCount(name, labels[name], job.counts.get(name, 0), "" if name in UNNAMED else f"?effect={name}")
        for name in shown
    ]


def removals_of(job: Job) -> int:
    return sum(job.counts.get(name, 0) for name in REMOVING)


def found_by(job: Job, effect: str = "") -> QuerySet[JobProblem]:
    """The named objects of the run, or those with one effect, in the order in which they were processed."""
    rows = JobProblem.objects.filter(job=job).order_by("pk")
    return rows.filter(details__action=effect) if effect else rows


def row_of(problem: JobProblem) -> EffectRow:
    details = problem.details
    name = details.get("action", "")
    changes = _changes(details)
    return EffectRow(
        label=problem.label,
        kind=_("Group") if details.get("kind") == "group" else _("User"),
        effect=_label(name),
        css=CSS.get(name, ""),
        changes=changes[:MOST_CHANGES],
        more=max(0, len(changes) - MOST_CHANGES),
        reason=reason_of(details),
    )


def reason_of(details: Mapping[str, Any]) -> str:
    """The reason, in words; "" if the effect needs none."""
    is_group = details.get("kind") == "group"
    if details.get("action") == ORPHAN:
        if is_group:
            return _("No group of the directory is linked to this group.")
        return _("No user of the directory is linked to this account.")
    owner = details.get("details", {}).get("owner", "")
    if details.get("action") == DUPLICATE:
        if is_group:
            return _("Has the same externalId or name as {name}, which is linked to another group.").format(name=owner)
        return _("Has the same externalId as {name}, who has another account.").format(name=owner)
    text = str(explanation_of(details.get("code") or details.get("reason") or "").cause)
    return f"{text} ({owner})" if owner else text


def file_of(application: Application, job: Job) -> Iterator[bytes]:
    """All named objects as CSV, in batches."""
    header = ["kind", "identity", "objectId", "targetSystem", "effect", "reasonCode", "reason", "changes"]
    yield (BOM + csv_text([header])).encode()
    last = 0
    while rows := list(found_by(job).filter(pk__gt=last)[:PORTION]):
        yield csv_text([[written(cell) for cell in _cells(application, row)] for row in rows]).encode()
        last = rows[-1].pk


def _cells(application: Application, row: JobProblem) -> list[str]:
    details = row.details
    code = str(details.get("code") or details.get("reason") or "")
    ids = str(row.target_id or details.get("id") or "")
    changes = "; ".join(_changes(details))
    effect = str(details.get("action", ""))
    return [str(details.get("kind", "")), row.label, ids, application.name, effect, code, reason_of(details), changes]


def _label(name: str) -> str | Promise:
    return next((label for key, label in LABELS.items() if str(key) == name), name)


def _changes(details: Mapping[str, Any]) -> list[str]:
    """The changes of attributes, and how many members a group gains and loses."""
    found = [_change(change) for change in details.get("changes", ())]
    members = details.get("members", {})
    if added := members.get("added"):
        found.append(ngettext("{number} member added", "{number} members added", added).format(number=added))
    if removed := members.get("removed"):
        found.append(ngettext("{number} member removed", "{number} members removed", removed).format(number=removed))
    if members.get("more"):
        found.append(_("There are more members"))
    return found


def _change(change: Mapping[str, Any]) -> str:
    return f"{change['path']}: {_shown(change.get('old'))} → {_shown(change.get('new'))}"


def _shown(value: Any) -> str:
    if isinstance(value, Mapping) and "value" in value:  # a reference, or an element of a multi-valued attribute
        value = value["value"]
    return _("Not set") if value in (None, "") else str(value)
