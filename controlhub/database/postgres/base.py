"""Connections that give up on a server that has stopped responding.

PostgreSQL's own timeouts cannot end the wait for a server that is stopped or unreachable, and `tcp_user_timeout` has no
effect on Unix sockets or on a host whose kernel still acknowledges packets. So the client checks: if a statement has no
response after DATABASE_ANSWER_TIMEOUT, it probes the server over a second socket, and continues to wait only if the
server responds. A slow statement does not mean a dead server.
"""

import threading
from typing import Any, TypeVar

import orjson
from django.db.backends.postgresql import base
from psycopg import IsolationLevel
from psycopg.abc import Buffer, PQGen
from psycopg.adapt import Loader
from psycopg.errors import ConnectionTimeout, OperationalError, _WaitTimeout

from controlhub.database import limits
from controlhub.database.postgres.ping import answers
from controlhub.sql.prepared import PreparingConnection

T = TypeVar("T")
PING_SECONDS = 1.0
KNOWN_PING_SECONDS = 0.25
"""How long a server that was silent a moment ago has to respond to a probe, before each new connection."""
INTERVAL_SECONDS = 0.1

_silent = threading.Event()


class SilentServerError(OperationalError):
    """The server does not respond, and gives no reason."""


class BoundedConnection(PreparingConnection):
    """A connection that is closed, with SilentServerError, if its server has stopped responding.

    `patience` is the time in seconds after which the server is probed, None for never. `limit` is the maximum time of a
    statement in seconds: it ends the wait for one server process that is stuck.
    """

    patience: float | None = None
    limit: float | None = None

    def wait(self, gen: PQGen[T], interval: float = INTERVAL_SECONDS, timeout: float | None = None) -> T:
        """Wait for whatever the server sends, like psycopg."""
        if timeout is not None or self.patience is None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, self.patience)
        except _WaitTimeout:
            return self._wait_longer(gen, interval, self.patience)

    def _wait_longer(self, gen: PQGen[T], interval: float, patience: float) -> T:
        waited = patience
        while self.limit is None or waited < self.limit:
            if not answers(self.info.host, self.info.port, PING_SECONDS):
                _silent.set()
                break
            try:
                return super().wait(gen, interval, patience)
            except _WaitTimeout:
                waited += patience
        self.close()
        raise SilentServerError(f"The database has not answered for {waited:g} seconds.")


class _JsonLoader(Loader):
    """Reads `json`, the type of documents: each PATCH reads one, and the standard library is slower."""

    def load(self, data: Buffer) -> Any:
        return orjson.loads(data)


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's backend with bounded connections. Each thread has its own connection: there is no pool to wait for."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Returns a new connection. SilentServerError at once if the server was silent last time and still is."""
        self.isolation_level = IsolationLevel.READ_COMMITTED
        if _silent.is_set() and not self._is_back(conn_params):
            raise SilentServerError("The database has stopped answering.")
        try:
            connection = BoundedConnection.connect(**conn_params)
        except ConnectionTimeout:
            _silent.set()
            raise
        _silent.clear()
        connection.adapters.register_loader("json", _JsonLoader)
        bounds = limits.current()
        if bounds.answer:
            connection.patience = bounds.answer / 1_000
            if bounds.statement:
                connection.limit = bounds.statement / 1_000 + connection.patience
        return connection

    def get_connection_params(self) -> dict[str, Any]:
        return {**super().get_connection_params(), **self.startup_options()}

    def startup_options(self) -> dict[str, str]:
        """Returns the options that the server gets when the connection starts, for its whole lifetime."""
        return {"options": " ".join(f"-c {name}={value}" for name, value in limits.server_settings().items())}

    def _is_back(self, conn_params: dict[str, Any]) -> bool:
        """Whether connecting is worth an attempt. With several hosts it always is, because another one may respond."""
        host = str(conn_params.get("host") or "")
        if not host or "," in host:
            return True
        return answers(host, int(conn_params.get("port") or 5432), KNOWN_PING_SECONDS)
