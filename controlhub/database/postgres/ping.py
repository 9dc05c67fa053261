"""Probes a PostgreSQL server without opening a session."""

import socket
import struct

_SSL_REQUEST = struct.pack("!ii", 8, 80877103)
"""The message SSLRequest (PostgreSQL's documentation, "Message Formats").

The server responds with one byte, and does not log a client that then disconnects.
"""


def answers(host: str, port: int, seconds: float) -> bool:
    """Whether the server accepts a connection and responds, within `seconds` each. `host` may be a socket's folder."""
    try:
        with _connect(host, port, seconds) as server:
            server.sendall(_SSL_REQUEST)
            return bool(server.recv(1))
    except OSError:
        return False


def _connect(host: str, port: int, seconds: float) -> socket.socket:
    if not host.startswith("/"):
        return socket.create_connection((host, port), timeout=seconds)
    server = socket.socket(socket.AF_UNIX)
    try:
        server.settimeout(seconds)
        server.connect(f"{host}/.s.PGSQL.{port}")
    except OSError:
        server.close()
        raise
    return server
