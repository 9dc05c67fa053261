"""The current load of a web process: numbers that change with each request, in a small file that other processes read.

A gauge of prometheus_client acquires a lock and writes two numbers each time, which is ten times as expensive.
"""

import fcntl
import mmap
import os
import struct
from pathlib import Path

FIELDS = ("in_flight", "threads", "threads_busy", "queued")
_NUMBER = struct.Struct("=q")
_ALL = struct.Struct(f"={len(FIELDS)}q")


class Board:
    """The numbers of this process. `set` needs no lock: each number has one writer, or any recent value will do."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._memory = mmap.mmap(descriptor, _ALL.size)
        self._active: list[None] = []

    @classmethod
    def create(cls, path: Path) -> "Board":
        """Create a new file, which is locked until this process ends."""
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        os.posix_fallocate(descriptor, 0, _ALL.size)
        return cls(descriptor)

    @staticmethod
    def is_alive(path: Path) -> bool:
        """Whether the process of this file is alive, by its lock."""
        try:
            with path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except FileNotFoundError:
            return False
        return False

    @staticmethod
    def read(path: Path) -> dict[str, int]:
        content = path.read_bytes().ljust(_ALL.size, b"\0")
        return dict(zip(FIELDS, _ALL.unpack_from(content), strict=True))

    def set(self, field: str, number: int) -> None:
        _NUMBER.pack_into(self._memory, FIELDS.index(field) * _NUMBER.size, number)

    def begin(self) -> None:
        """Count the start of a request. The methods of lists are atomic."""
        self._active.append(None)
        _NUMBER.pack_into(self._memory, 0, len(self._active))

    def end(self) -> None:
        self._active.pop()
        _NUMBER.pack_into(self._memory, 0, len(self._active))
