"""Appends events to files under AUDIT_STREAM_DIR, one JSON object per line, for an agent that reads them there.

A stream to `file:NAME` writes `<organization id>/NAME-<day>.jsonl` and, after AUDIT_STREAM_FILE_BYTES on that day,
`NAME-<day>.1.jsonl` and so on. Days are in UTC. A file is no longer written once there is a newer one, and is never
deleted.
"""

import fcntl
import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from uuid import UUID

from django.conf import settings

from audit.streams.answers import NotDeliveredError
from controlhub.models.streams import NO_FILE

PREFIX = "file:"
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
BLOCK = 65_536
"""The size in bytes of the blocks that are searched for the end of the last complete line."""
logger = logging.getLogger(__name__)


def is_file_url(url: str) -> bool:
    """Whether the URL is for `append_events`, such as `file:siem`."""
    return url.startswith(PREFIX)


def is_usable(url: str) -> bool:
    """Whether the part after `file:` can be part of a file's name."""
    return NAME.fullmatch(url.removeprefix(PREFIX)) is not None


def append_events(url: str, organization_id: UUID, lines: bytes, *, day: date) -> str:
    """Append complete lines and wait until they are on the disk. Returns the name of the file.

    Raises NotDeliveredError if that is not possible. Some lines may have been written then; all are written again.
    """
    if not settings.AUDIT_STREAM_DIR:
        raise NotDeliveredError(NO_FILE)
    folder = Path(settings.AUDIT_STREAM_DIR) / str(organization_id)
    name = url.removeprefix(PREFIX)
    stem = f"{name}-{day.isoformat()}"
    try:
        _make(folder)
        with _locked(folder / f".{name}.lock"):
            path = _current(folder, stem)
            if (last := _last(folder, name)) and last != path:
                _cut_part(last)
            _append(path, lines)
    except OSError as error:
        logger.warning("Events cannot be written below %s: %s", folder, error)
        raise NotDeliveredError(NO_FILE) from error
    return path.name


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Lock a stream's files for one process at a time: an attempt whose lease has expired may still be running."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o640)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _make(folder: Path) -> None:
    """Create the folder of an organization durably, so that its name survives a crash."""
    try:
        folder.mkdir(mode=0o750)
    except FileExistsError:
        return
    _sync_folder(folder.parent)


def _last(folder: Path, name: str) -> Path | None:
    """The newest file of the stream, from any day."""
    form = re.compile(re.escape(name) + r"-(\d{4}-\d\d-\d\d)(?:\.(\d+))?\.jsonl", re.ASCII)
    found = [(match[1], int(match[2] or 0)) for path in folder.iterdir() if (match := form.fullmatch(path.name))]
    if not found:
        return None
    day, number = max(found)
    return _numbered(folder, f"{name}-{day}", number)


def _cut_part(path: Path) -> None:
    """Remove an incomplete line that a crash left at the end. The line is written to a newer file."""
    descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        end = _end_of_lines(descriptor)
        if end != os.fstat(descriptor).st_size:
            os.ftruncate(descriptor, end)
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _current(folder: Path, stem: str) -> Path:
    """The day's newest file, or the one after it if that is full."""
    number = max((_number(path, stem) for path in folder.glob(f"{stem}*.jsonl")), default=0)
    path = _numbered(folder, stem, number)
    with suppress(FileNotFoundError):
        if path.stat().st_size >= settings.AUDIT_STREAM_FILE_BYTES:
            return _numbered(folder, stem, number + 1)
    return path


def _numbered(folder: Path, stem: str, number: int) -> Path:
    return folder / (f"{stem}.{number}.jsonl" if number else f"{stem}.jsonl")


def _number(path: Path, stem: str) -> int:
    text = path.name[len(stem) :].removesuffix(".jsonl").removeprefix(".")
    return int(text) if text.isascii() and text.isdigit() else 0


def _append(path: Path, lines: bytes) -> None:
    """Append the lines after the last complete one, because a crash may have left an incomplete line."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o640)
    try:
        end = _end_of_lines(descriptor)
        os.ftruncate(descriptor, end)
        os.lseek(descriptor, end, os.SEEK_SET)
        rest = memoryview(lines)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if end == 0:
        _sync_folder(path.parent)


def _end_of_lines(descriptor: int) -> int:
    """The position after the last line break; 0 if there is none."""
    end = os.fstat(descriptor).st_size
    while end > 0:
        start = max(0, end - BLOCK)
        found = os.pread(descriptor, end - start, start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


def _sync_folder(folder: Path) -> None:
    """Make the name of a new file durable, so that it survives a crash."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
