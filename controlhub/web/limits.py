"""Limits of a connection, a request and a process (docs/web-server.md)."""

from scim.protocol.work import MAX_BODY

__all__ = ["MAX_BODY"]
HEAD_SECONDS = 10.0
"""From the first byte of a request, or from the connection, to the end of its headers."""
BODY_SECONDS = 10.0
"""From the end of the headers to the end of the body."""
IDLE_SECONDS = 75.0
"""How long a connection may wait for its next request; longer than load balancers keep theirs."""
STALL_SECONDS = 20.0
"""How long the client may take nothing of an answer that is ready."""
DISCARD_SECONDS = 2.0
"""How long the rest of a refused request is read, so that the client sees the answer."""
QUEUE_SECONDS = 10.0
"""How long a request may wait for a thread."""
DRAIN_SECONDS = 18.0
"""How long requests in progress may take after SIGTERM: longer than the statement timeout of 15 seconds."""
MAX_URL = 65_536
MAX_HEAD = 98_304
MAX_HEADERS = 100
MAX_PIPELINED = 32
"""Requests that a client may send without waiting for answers."""
MAX_WAITING = 200
"""Requests of one process that wait for a thread."""
MAX_CONNECTIONS = 4_096
"""Of one process. With more, the one that has been idle or slow for the longest is closed."""
IN_MEMORY = 65_536
"""Bytes of a body that are kept in memory; the rest goes to a temporary file."""
MAX_UNSENT = 16_777_216
"""Bytes of answers in memory, in one process, that clients have not taken; further answers go to temporary files."""
THREADS = 8
"""Of one process. Each that was ever needed keeps a connection to the database."""
AT_ONCE = 2
"""Requests of one organization that run at once in a process, as long as they are quick."""
SLOW_AFTER_SECONDS = 0.2
"""A request that takes longer gives its place to another one of its organization."""
COMPANY_SECONDS = 1.0
"""While another organization has begun a request in so many seconds, it is one at once instead of AT_ONCE."""
SPARE_THREADS = 2
"""Threads that no organization takes while it has others: somebody else can always begin."""
