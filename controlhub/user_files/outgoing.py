"""A file that is sent while it is being written."""


class Outgoing:
    """A write-only file. `take` returns what was written since the last call."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._written.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        pass

    def take(self) -> bytes:
        found = b"".join(self._written)
        self._written.clear()
        return found
