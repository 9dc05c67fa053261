"""Limits of a connection, a request and a process (docs/web-server.md)."""

from scim.protocol.work import MAX_BODY

__all__ = ["MAX_BODY"]
HEAD_SECONDS = 10.0
"""The time from the first byte of a request, or from the connection, to the end of its headers."""
BODY_SECONDS = 10.0
"""The time from the end of the headers to the end of the body."""
IDLE_SECONDS = 75.0
"""How long a connection may wait for its next request: longer than load balancers keep theirs open."""
STALL_SECONDS = 20.0
"""How long a client may accept nothing of a response that is ready."""
DISCARD_SECONDS = 2.0
"""How long the rest of a refused request is read, so that the client sees the response."""
QUEUE_SECONDS = 10.0
"""How long a request may wait for a thread."""
DRAIN_SECONDS = 18.0
"""How long requests in progress may take after SIGTERM: longer than the statement timeout of 15 seconds."""
MAX_URL = 65_536
MAX_HEAD = 98_304
MAX_HEADERS = 100
MAX_PIPELINED = 32
"""The number of requests that a client can send without waiting for responses."""
MAX_WAITING = 200
"""The maximum number of requests of one process that wait for a thread."""
MAX_CONNECTIONS = 4_096
"""The maximum for one process. Beyond it, the connection that has been idle or slow longest is closed."""
IN_MEMORY = 65_536
"""The maximum size of a body in memory, in bytes. Larger bodies go to a temporary file."""
MAX_UNSENT = 16_777_216
"""The maximum size of unsent responses in a process's memory, in bytes. Further responses go to temporary files."""
THREADS = 8
"""The number for one process. Each thread that was ever used keeps a database connection."""
AT_ONCE = 2
"""The number of requests of one organization that run concurrently in a process, as long as they are quick."""
SLOW_AFTER_SECONDS = 0.2
"""A request that takes longer gives its slot to another request of its organization."""
COMPANY_SECONDS = 1.0
"""An organization has 1 slot instead of AT_ONCE if another one has begun a request within this time."""
SPARE_THREADS = 2
"""The number of threads that no organization takes once it has others, so that another one can always begin."""
