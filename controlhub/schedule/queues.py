"""The queues of background work. Each has a worker process of its own (docs/decisions/0038)."""

from enum import StrEnum


class Queue(StrEnum):
    """CORE: only the database. OUTBOUND: whatever talks to other hosts. LONG: imports, exports, bulk actions."""

    CORE = "core"
    OUTBOUND = "outbound"
    LONG = "long"
