"""A bundle: an organization's log with everything needed to verify it elsewhere (`audit/verifier.py`)."""

import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from django.db.models import Max

from audit import verifier
from audit.canonical import leaf_of
from audit.encoding import canonical
from audit.models import AuditCheckpoint, AuditEvent, AuditLeaf, AuditPersonal
from audit.reading import chunks
from audit.signing import verifier_keys
from audit.transparency.checkpoints import parse_checkpoint
from audit.transparency.notes import parse_note
from audit.tree import cosignatures_of, cosigned

PROGRAM = Path(verifier.__file__)


def write_bundle(file: IO[bytes], organization_id: UUID) -> int:
    """Write the sealed events as a zip file, in constant memory. Returns the number of events."""
    size = AuditCheckpoint.objects.filter(organization_id=organization_id).aggregate(size=Max("size"))["size"] or 0
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bundle:
        with bundle.open("events.jsonl", "w", force_zip64=True) as events:
            for line in event_lines(organization_id, size):
                events.write(line)
        origins = set()
        with bundle.open("checkpoints.txt", "w", force_zip64=True) as checkpoints:
            for note in checkpoint_notes(organization_id, size):
                origins.add(parse_checkpoint(parse_note(note).text).origin)
                checkpoints.write(f"{note}\n".encode())
        add_verifier(bundle, sorted(origins))
    return size


def add_verifier(bundle: zipfile.ZipFile, origins: Iterable[str]) -> None:
    """Add the verifier program and the log's public keys to the bundle."""
    keys = [str(key) for origin in origins for key in verifier_keys(origin)]
    bundle.writestr("keys.txt", "".join(f"{key}\n" for key in keys))
    bundle.write(PROGRAM, "verifier.py")


def event_lines(organization_id: UUID, size: int) -> Iterator[bytes]:
    """The first `size` events as lines of `events.jsonl`."""
    leaves = AuditLeaf.objects.filter(organization_id=organization_id, position__lt=size)
    for chunk in chunks(leaves, "position"):
        yield from _lines(chunk)


def checkpoint_notes(organization_id: UUID, size: int) -> Iterator[str]:
    """The signed notes of the checkpoints up to this size."""
    for chunk in chunks(AuditCheckpoint.objects.filter(organization_id=organization_id, size__lte=size), "size"):
        found = cosignatures_of(organization_id, chunk[0].size, chunk[-1].size)
        for checkpoint in chunk:
            yield cosigned(checkpoint.note, (row for row in found if row.size == checkpoint.size))


def _lines(leaves: Sequence[AuditLeaf]) -> Iterator[bytes]:
    ids = [leaf.event_id for leaf in leaves]
    events = AuditEvent.objects.in_bulk(ids)
    personal = AuditPersonal.objects.in_bulk(ids)
    for leaf in leaves:
        row = personal.get(leaf.event_id)
        yield line_of(leaf, events.get(leaf.event_id), row.parts if row else [])


def line_of(leaf: AuditLeaf, event: AuditEvent | None, parts: Sequence[dict[str, Any]], **more: Any) -> bytes:
    """A line of `events.jsonl`. An event that is missing from the database has an empty leaf."""
    line = {
        "index": leaf.position,
        "hash": bytes(leaf.hash).hex(),
        "leaf": leaf_of(event).decode() if event else "",
        "parts": [_part(part) for part in parts],
        **more,
    }
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _part(part: dict[str, Any]) -> dict[str, Any]:
    """The text and salt that the commitment covers; only the name and subject if the part was erased."""
    if "value" not in part:
        return {"name": part["name"], "subject": part["subject"]}
    return {"salt": part["salt"], "text": canonical({k: v for k, v in part.items() if k != "salt"}).decode()}
