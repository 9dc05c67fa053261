"""The files in which the web processes of one node keep their counters, so that any of them can report all.

This is prometheus_client's multiprocess mode, with three additions. A process holds a lock on its board file while it
is alive, so that a dead one is recognized even if its pid is reused. The counters of dead processes are summed up in
one file, so that they neither decrease nor fill the disk after many reloads. And files have their full size from the
start: writing to a page for which a full disk has no space would kill the process.
"""

import fcntl
import os
import secrets
import shutil
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from prometheus_client import values
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector

from controlhub.metrics.board import Board

FILE_SIZE = 1 << 20
"""Several times the size that all combinations of labels need."""
RETIRED = "retired"
KINDS = ("counter", "histogram")
UNREADABLE = (struct.error, RuntimeError, ValueError)
"""Errors that the library raises for a file that its process did not finish."""


class Store:
    """The folder of one node. Call `join` once in each web process, before any metric is created."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.board: Board | None = None

    def join(self) -> Board:
        """Add this process. OSError if the folder cannot be written or the disk is full."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._alone():
            self._retire_dead()
            identity = f"{os.getpid()}-{secrets.token_hex(4)}"
            self.board = Board.create(self.folder / f"{identity}.board")
            for kind in KINDS:
                _allocate(self.folder / f"{kind}_{identity}.db")
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(self.folder)
        values.ValueClass = values.MultiProcessValue(lambda: identity)
        return self.board

    @contextmanager
    def reading(self) -> Iterator[MultiProcessCollector]:
        """The counters of all processes, including dead ones. No process joins or leaves in the meantime."""
        with self._alone():
            self._retire_dead()
            yield MultiProcessCollector(None, path=str(self.folder))

    def boards(self) -> list[dict[str, int]]:
        """Returns the current load of each running process."""
        return [Board.read(path) for path in self.folder.glob("*.board") if Board.is_alive(path)]

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with (self.folder / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _retire_dead(self) -> None:
        """Add the counters of dead processes to those of RETIRED, and delete their files."""
        living = {path.stem for path in self.folder.glob("*.board") if Board.is_alive(path)}
        for kind in KINDS:
            files = self.folder.glob(f"{kind}_*.db")
            self._fold(kind, [file for file in files if file.stem.partition("_")[2] not in {RETIRED, *living}])
        for path in self.folder.glob("*.board"):
            if path.stem not in living:
                path.unlink(missing_ok=True)

    def _fold(self, kind: str, dead: list[Path]) -> None:
        if not dead:
            return
        kept, draft = self.folder / f"{kind}_{RETIRED}.db", self.folder / f"{kind}.draft"
        draft.unlink(missing_ok=True)
        if kept.exists():
            shutil.copyfile(kept, draft)
        else:
            _allocate(draft)
        sums = MmapedDict(str(draft))
        try:
            for file in dead:
                with suppress(*UNREADABLE):
                    for key, value, _, _ in MmapedDict.read_all_values_from_file(str(file)):
                        sums.write_value(key, sums.read_value(key)[0] + value, 0.0)
        finally:
            sums.close()
        draft.replace(kept)
        for file in dead:
            file.unlink(missing_ok=True)


def _allocate(file: Path) -> None:
    """Create a file that the library considers empty, with disk space allocated for all of it."""
    with file.open("xb") as empty:
        os.posix_fallocate(empty.fileno(), 0, FILE_SIZE)
