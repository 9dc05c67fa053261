"""Bytes that are kept in memory while they are few, and in a temporary file otherwise."""

import io
from tempfile import TemporaryFile
from typing import IO


class Spool:
    """Takes bytes piece by piece. The file has no name, so it leaves nothing behind. OSError if the disk is full."""

    __slots__ = ("_file", "_limit", "_pieces", "size")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._pieces: list[bytes] = []
        self._file: IO[bytes] | None = None
        self.size = 0

    def append(self, data: bytes) -> None:
        self.size += len(data)
        if self._file is None and self.size > self._limit:
            self._file = TemporaryFile()  # noqa: SIM115 — closed by `close`
            self._file.write(b"".join(self._pieces))
            self._pieces.clear()
        if self._file is None:
            self._pieces.append(data)
        else:
            self._file.write(data)

    def opened(self) -> IO[bytes]:
        """Returns a file, positioned at its start."""
        if self._file is None:
            return io.BytesIO(b"".join(self._pieces))
        self._file.seek(0)
        return self._file

    def close(self) -> None:
        self._pieces.clear()
        if self._file is not None:
            self._file.close()
