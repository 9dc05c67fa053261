"""A response of the application, as bytes."""

import io
from collections.abc import Iterable
from itertools import chain
from typing import IO

from controlhub.web.limits import IN_MEMORY, MAX_BODY
from controlhub.web.spool import Spool

Headers = list[tuple[str, str]]
NO_BODY = {"204", "304"}


class Answer:
    """Head and body. A body in memory is `bytes`. It is moved to a temporary file if many clients are slow."""

    __slots__ = ("_head", "_source", "_spool", "held", "keep_alive", "size")

    def __init__(self, status: str, headers: Headers, body: bytes | Spool, *, is_head: bool) -> None:
        has_no_body = status[:3] in NO_BODY
        head = f"HTTP/1.1 {status}\r\n" + "".join([f"{name}: {value}\r\n" for name, value in headers])
        self.size = body.size if isinstance(body, Spool) else len(body)
        self._spool = body if isinstance(body, Spool) else None
        if not has_no_body and "\ncontent-length:" not in head.lower():
            head += f"Content-Length: {self.size}\r\n"
        self._head = head.encode("latin-1")
        self._source: IO[bytes] = io.BytesIO() if is_head or has_no_body else _opened(body)
        self.keep_alive = True
        self.held = 0
        """Bytes that the server counts as unsent and in memory."""

    def head(self, date: str) -> bytes:
        """Returns status line and headers, or nothing after `keep`."""
        if not self._head:
            return b""
        connection = "" if self.keep_alive else "Connection: close\r\n"
        return self._head + f"Date: {date}\r\n{connection}\r\n".encode("latin-1")

    def read(self, size: int) -> bytes:
        return self._source.read(size)

    def keep(self, rest: bytes) -> None:
        """Keep the rest, head and body, after a part was sent."""
        self._head, self._source = b"", io.BytesIO(rest)

    @property
    def is_in_memory(self) -> bool:
        return isinstance(self._source, io.BytesIO)

    def move_to_file(self) -> None:
        """Keep the rest of the body in a temporary file. OSError if the disk is full."""
        spool = Spool(limit=0)
        while piece := self._source.read(MAX_BODY):
            spool.append(piece)
        self._source.close()
        self._spool, self._source = spool, spool.opened()

    def close(self) -> None:
        self._source.close()
        if self._spool is not None:
            self._spool.close()


def _opened(body: bytes | Spool) -> IO[bytes]:
    return body.opened() if isinstance(body, Spool) else io.BytesIO(body)


def collected(body: Iterable[bytes]) -> bytes | Spool:
    """Returns all pieces of a WSGI body. Long streams of many pieces become a temporary file."""
    pieces = iter(body)
    first, second = next(pieces, b""), next(pieces, None)
    if second is None:
        return first
    spool = Spool(16 * IN_MEMORY)
    for piece in chain((first, second), pieces):
        spool.append(piece)
    return spool
