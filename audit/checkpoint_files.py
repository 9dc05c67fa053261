"""Checkpoints outside the database: a file for each organization in VAR_DIR/audit that is only appended to.

It contains the signed notes in order, separated by empty lines.
"""

import fcntl
import os
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings

TAIL = 16_384
"""The number of bytes at the end of a file that are read to find the last note."""
_BETWEEN = re.compile(r"\n\n(?!— )")


def path_of(organization_id: UUID) -> Path:
    folder: Path = settings.VAR_DIR / "audit"
    return folder / f"{organization_id}.checkpoints"


def organizations_with_files() -> list[UUID]:
    """The organizations whose checkpoints are on this machine."""
    return sorted(UUID(path.stem) for path in (settings.VAR_DIR / "audit").glob("*.checkpoints"))


def read_notes(organization_id: UUID) -> list[str]:
    """The notes in the order in which they were written; [] without a file."""
    try:
        return split_notes(path_of(organization_id).read_text(encoding="utf-8", errors="replace"))
    except FileNotFoundError:
        return []


def last_note(organization_id: UUID) -> str | None:
    """The newest note; None without a file, or with an empty one."""
    try:
        with path_of(organization_id).open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL))
            notes = split_notes(file.read().decode(errors="replace"))
    except FileNotFoundError:
        return None
    return notes[-1] if notes else None


def written_at(organization_id: UUID) -> datetime | None:
    """When the newest note was written; None without a file."""
    try:
        return datetime.fromtimestamp(path_of(organization_id).stat().st_mtime, UTC)
    except FileNotFoundError:
        return None


@contextmanager
def lock_file(organization_id: UUID) -> Iterator[None]:
    """Lock the file, so that only one process at a time reads its end and appends to it. Readers do not wait."""
    path = path_of(organization_id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def append_notes(organization_id: UUID, notes: Iterable[str]) -> None:
    """Append the notes with one write, so that concurrent readers never see part of one.

    The kernel uses its last tick as the time of a write, which is before the events that were just sealed, so the
    modification time is set explicitly.
    """
    data = "".join(f"{note}\n" for note in notes).encode()
    if not data:
        return
    path = path_of(organization_id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(descriptor, data)
        now = time.time_ns()
        os.utime(descriptor, ns=(now, now))
    finally:
        os.close(descriptor)


def split_notes(text: str) -> list[str]:
    """The notes of a file."""
    return [f"{note}\n" for note in _BETWEEN.split(text.rstrip("\n")) if note]
