"""A file that is sent while it is written."""


class Outgoing:
    """A file that can only be written; `take` returns what was written since the last time."""

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
