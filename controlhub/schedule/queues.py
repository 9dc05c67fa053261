"""The queues of background work. Each has its own worker process (docs/decisions/0038)."""

from enum import StrEnum


class Queue(StrEnum):
    """CORE: only the database. OUTBOUND: whatever connects to other hosts. LONG: imports, exports, bulk actions."""

    CORE = "core"
    OUTBOUND = "outbound"
    LONG = "long"
