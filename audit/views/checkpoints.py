"""The signed checkpoints of the log, their cosignatures, and where copies are kept."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_safe

from audit.models import AuditCheckpoint, AuditCosignature, AuditDelivery
from audit.portal.forms import CheckpointPageForm
from audit.signing import verifier_keys
from audit.transparency.checkpoints import Checkpoint, parse_checkpoint
from audit.transparency.keys import encode
from audit.transparency.notes import parse_note
from audit.tree import cosignatures_of, cosigned
from controlhub.models import Permission
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.stream_figures import counts_of_tabs
from controlhub.portal.tables import Column, Table

PAGE = 25
RECENT = 200
"""The number of newest cosignatures that are searched for the last one of each witness."""
TABLE = Table(
    _lazy("Checkpoints, newest first"),
    (
        Column("at", _lazy("Signed"), css="nowrap", is_row_header=True, is_labelled=False),
        Column("events", _lazy("Events"), css="num"),
        Column("root", _lazy("Root hash"), css="mono wrap"),
        Column("witnesses", _lazy("Witnesses"), css="wrap"),
        Column("actions", _lazy("Actions"), css="c-act", is_labelled=False, is_label_shown=False),
    ),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A checkpoint. `root` is the hash of the tree in base64, as in its note."""

    size: int
    root: str
    at: datetime
    witnesses: list[AuditCosignature]


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness of this installation, and its last cosignature; None if it is not among the recent ones."""

    name: str
    last: AuditCosignature | None


@require_safe
@require(Permission.VIEW_AUDIT)
def checkpoint_list(request: PortalRequest) -> HttpResponse:
    """A page continues after the size in `before`, so it costs the same at any depth."""
    organization_id = request.organization.pk
    before = CheckpointPageForm(request.GET).size
    found = AuditCheckpoint.objects.filter(organization_id=organization_id).order_by("-size").defer("subtrees")
    head = found.first()
    page = list((found.filter(size__lt=before) if before else found)[: PAGE + 1])
    signed = _checkpoint_of(head) if head else None
    context = {
        "tabs": counts_of_tabs(request.organization),
        "head": head,
        "origin": signed.origin if signed else "",
        "root": encode(signed.root) if signed else "",
        "keys": [str(key) for key in verifier_keys(signed.origin)] if signed else [],
        "is_copied": bool(settings.AUDIT_CHECKPOINT_URL),
        "copied": AuditDelivery.objects.filter(pk=organization_id).first(),
        "witnesses": _witnesses(organization_id),
        "table": TABLE,
        "rows": _rows(organization_id, page[:PAGE]),
        "older": f"?before={page[PAGE - 1].size}" if len(page) > PAGE else "",
        "newest": request.path if before else "",
    }
    return render(request, "audit/checkpoints.html", context)


@require_safe
@require(Permission.VIEW_AUDIT)
def checkpoint_note(request: PortalRequest, size: int) -> HttpResponse:
    """The signed note (https://c2sp.org/tlog-checkpoint) with its cosignatures, as a file."""
    organization_id = request.organization.pk
    found = AuditCheckpoint.objects.filter(organization_id=organization_id, size=size).first()
    if found is None:
        raise Http404
    note = cosigned(found.note, cosignatures_of(organization_id, size, size))
    response = HttpResponse(note, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="checkpoint-{size}.txt"'
    return response


def _rows(organization_id: UUID, page: list[AuditCheckpoint]) -> list[Row]:
    if not page:
        return []
    cosignatures = cosignatures_of(organization_id, page[-1].size, page[0].size)
    return [
        Row(
            each.size,
            encode(_checkpoint_of(each).root),
            each.created_at,
            [found for found in cosignatures if found.size == each.size],
        )
        for each in page
    ]


def _checkpoint_of(stored: AuditCheckpoint) -> Checkpoint:
    return parse_checkpoint(parse_note(stored.note).text)


def _witnesses(organization_id: UUID) -> list[Witness]:
    newest = AuditCosignature.objects.filter(organization_id=organization_id).order_by("-size")[:RECENT]
    last = {found.witness: found for found in reversed(newest)}
    return [Witness(each.name, last.get(str(each.key))) for each in settings.AUDIT_WITNESSES]
