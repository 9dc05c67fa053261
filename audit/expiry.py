"""Removes expired events after exporting them as a signed bundle and verifying it.

An audit event records the range and the root of its tree. The leaves are kept, so the rest of the log still verifies.
Events are removed from the beginning of the log. Each range ends at a checkpoint.
"""

import os
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction

from audit.actor import SYSTEM
from audit.expired import last_removal
from audit.models import AuditCheckpoint, AuditEvent, AuditLeaf
from audit.reading import chunks
from audit.record import EventContent, Target, record
from audit.selections import PORTION, Selection, write_selection
from audit.signed import read_checkpoint
from audit.signing import verifier_keys
from audit.transparency.checkpoints import Checkpoint
from audit.verifier import Bundle, Finding, split_notes, verify_selection
from audit.vocabulary import AuditAction, TargetType
from controlhub.models import Organization
from controlhub.sql.audit_retention import EXPIRED_END, REMOVE_EXPIRED
from controlhub.sql.statements import fetch_rows

MOST_IN_ARCHIVE = 20_000
"""The maximum number of events removed in one transaction. A range ends at the last checkpoint within it."""
MOST_ARCHIVES = 25
"""The maximum number of archives per organization in one run."""


class ArchiveError(Exception):
    """The expired events of a log do not verify, so they were not removed."""


@dataclass(frozen=True, slots=True)
class Expired:
    """The events from `first` to before `until`, which is the size of a checkpoint."""

    first: int
    until: int
    note: str
    tree: Checkpoint


def archive_folder(organization_id: UUID) -> Path:
    folder: Path = settings.VAR_DIR / "audit" / "expired" / str(organization_id)
    return folder


def remove_due_events() -> int:
    """Remove the expired events of each organization whose log is not on hold. Returns the number of events."""
    number = 0
    problems = []
    for organization in Organization.objects.filter(audit_hold=False).order_by("pk"):
        try:
            number += sum(removed for _, removed in zip(range(MOST_ARCHIVES), removals(organization), strict=False))
        except ArchiveError as error:
            problems.append(str(error))
    if problems:
        raise ArchiveError(" ".join(problems))
    return number


def removals(organization: Organization) -> Iterator[int]:
    """Remove the expired ranges one after another. Yields the number of events in each."""
    while expired := find_expired(organization):
        path = archive(organization, expired)
        yield _remove(organization, expired, path)


def find_expired(organization: Organization) -> Expired | None:
    """The first expired range of the log; None if no expired range ends at a checkpoint."""
    first = last_removal(organization.pk).until
    params = {"organization": organization.pk, "first": first, "days": organization.audit_retention_days}
    ((end,),) = fetch_rows(EXPIRED_END, {**params, "most": MOST_IN_ARCHIVE})
    stored = AuditCheckpoint.objects.filter(organization_id=organization.pk, size__gt=first, size__lte=end)
    checkpoint = stored.order_by("-size").first()
    if checkpoint is None:
        return None
    tree = read_checkpoint(checkpoint.note, organization.pk)
    if tree is None or tree.size != checkpoint.size:
        raise ArchiveError(f"The checkpoint at {checkpoint.size} of organization {organization.pk} is not valid.")
    return Expired(first, checkpoint.size, checkpoint.note, tree)


def archive(organization: Organization, expired: Expired) -> Path:
    """Write the range's signed bundle and verify it. Raises ArchiveError if an event is missing or was changed."""
    folder = archive_folder(organization.pk)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{expired.first:012}-{expired.until:012}.zip"
    partial = path.with_suffix(".partial")
    selection = Selection(organization, expired.tree)
    with partial.open("wb") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bundle:
            query = f"positions {expired.first}-{expired.until - 1}"
            for _ in write_selection(bundle, selection, _portions(organization, expired), expired.note, query):
                continue
        file.flush()
        os.fsync(file.fileno())
    number, findings = _verified(partial, expired.tree.origin)
    wanted = expired.until - expired.first
    if findings or number != wanted:
        reason = findings[0].problem if findings else f"{wanted - number} events are missing"
        partial.unlink()
        raise ArchiveError(f"Expired events of organization {organization.pk} stay, because {reason}.")
    partial.rename(path)
    _sync_folder(folder)
    return path


def _verified(path: Path, origin: str) -> tuple[int, list[Finding]]:
    """The number of events in a bundle, and the problems found in them."""
    bundle, keys = Bundle(path), [str(key) for key in verifier_keys(origin)]
    lines, erasures = bundle.lines("events.jsonl"), bundle.lines("erasures.jsonl")
    notes = split_notes(bundle.text("checkpoints.txt"))
    return verify_selection(lines, erasures, bundle.text("manifest.txt"), notes, keys)


@transaction.atomic
def _remove(organization: Organization, expired: Expired, path: Path) -> int:
    """Record and make the removal. PostgreSQL refuses if the log is on hold or an event has not expired."""
    details = {
        "first": expired.first,
        "until": expired.until,
        "root": expired.tree.root.hex(),
        "archive": path.name,
        "sha256": digest_of(path),
    }
    target = Target(organization.pk, TargetType.ORGANIZATION, str(organization.pk), organization.name)
    record(AuditAction.LOG_EXPIRED, target=target, content=EventContent(details=details), actor=SYSTEM)
    ((number,),) = fetch_rows(REMOVE_EXPIRED, {"organization": organization.pk})
    return int(number)


def digest_of(path: Path) -> str:
    """The SHA-256 digest of a file in hexadecimal digits."""
    digest = sha256()
    with path.open("rb") as file:
        while data := file.read(1 << 20):
            digest.update(data)
    return digest.hexdigest()


def _portions(organization: Organization, expired: Expired) -> Iterator[list[AuditEvent]]:
    leaves = AuditLeaf.objects.filter(organization_id=organization.pk, position__lt=expired.until)
    for chunk in chunks(leaves.filter(position__gte=expired.first), "position"):
        for start in range(0, len(chunk), PORTION):
            ids = [leaf.event_id for leaf in chunk[start : start + PORTION]]
            found = AuditEvent.objects.in_organization(organization).in_bulk(ids)
            yield [found[pk] for pk in ids if pk in found]


def _sync_folder(folder: Path) -> None:
    """Make the new name of a file durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
