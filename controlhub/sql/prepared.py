"""Prepared statements of one connection, executed without psycopg's cursor (docs/decisions/0129).

For each execution, a cursor determines again how to convert parameters and columns, and runs seven generators to send
a statement. This module keeps the converters and runs one generator, made of the same parts of psycopg.
"""

import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import psycopg
from cachetools import LRUCache
from psycopg import errors, generators
from psycopg.abc import PQGen, PyFormat
from psycopg.adapt import Transformer
from psycopg.pq import ExecStatus, Format, TransactionStatus
from psycopg.pq.abc import PGresult

from controlhub.sql.converters import Converters

MOST = 100
"""The number of statements that a connection keeps prepared."""
LOST = {"0A000", "26000"}
"""SQLSTATEs: the result columns of a plan have changed, or the statement no longer exists."""
_PLACEHOLDER = re.compile(r"%(?:\((\w+)\)s|%)")
_RESULTS = {ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK}


Key = tuple[str, tuple[int, ...]]
"""A statement and the types of its parameters, on which PostgreSQL's interpretation of it may depend."""


class Query(NamedTuple):
    """A statement as PostgreSQL takes it, and the names of its parameters in the order of their numbers."""

    text: bytes
    names: tuple[str, ...]
    formats: Sequence[PyFormat]


class Result(NamedTuple):
    """All rows, and the number of rows that were returned or changed."""

    rows: list[tuple[Any, ...]]
    number: int


class Prepared:
    """The statements that a connection has executed more than once, by SQL and parameter types."""

    def __init__(self, connection: "PreparingConnection") -> None:
        self._connection, self._transformer = connection, Transformer(Converters(connection))
        self._names: OrderedDict[Key, bytes] = OrderedDict()
        self._used_once: LRUCache[Key, bool] = LRUCache(MOST)
        self._number = 0
        self._is_allowed = connection.prepare_threshold is not None

    def execute(self, text: str, params: Mapping[str, Any], *, is_binary: bool) -> Result | None:
        """Execute a statement. Returns None if a cursor has to execute it.

        That is the case at the first use, when a transaction must be started, when the statement must be prepared
        again, and behind a pooler.
        """
        connection, transformer, server = self._connection, self._transformer, self._connection.pgconn
        if not self._is_allowed or (not connection.autocommit and self._is_idle):
            return None
        query = numbered(text)
        values = transformer.dump_sequence([params[name] for name in query.names], query.formats)
        key = text, transformer.types or ()
        if name := self._names.get(key):
            self._names.move_to_end(key)
        elif not (name := self._prepare(key, query)):
            return None
        server.send_query_prepared(name, values, transformer.formats, Format.BINARY if is_binary else Format.TEXT)
        return self._read(key, connection.wait(generators.execute(server))[0])

    def forget(self) -> None:
        """Forget all statements, because the server no longer has them."""
        self._names.clear()

    def _prepare(self, key: Key, query: Query) -> bytes:
        """Returns the name of the prepared statement, or an empty string at its first use."""
        if key not in self._used_once:
            self._used_once[key] = True
            return b""
        if len(self._names) >= MOST:
            _, oldest = self._names.popitem(last=False)
            self._connection.remove_prepared(oldest)
        self._number += 1
        name = b"controlhub_%d" % self._number
        server = self._connection.pgconn
        server.send_prepare(name, query.text, key[1])
        _require_success(self._connection.wait(generators.execute(server))[0])
        self._names[key] = name
        return name

    def _read(self, key: Key, result: PGresult) -> Result | None:
        if result.status not in _RESULTS:
            error = errors.error_from_result(result)
            if error.sqlstate in LOST and self._names.pop(key, b"") and self._is_idle:
                return None
            raise error
        self._transformer.set_pgresult(result)
        rows = self._transformer.load_rows(0, result.ntuples, tuple) if result.ntuples else []
        self._transformer.set_pgresult(None)  # a page can be large
        return Result(rows, result.command_tuples or 0)

    @property
    def _is_idle(self) -> bool:
        return self._connection.pgconn.transaction_status == TransactionStatus.IDLE


class PreparingConnection(psycopg.Connection[Any]):
    """A connection that knows its prepared statements."""

    @cached_property
    def prepared(self) -> Prepared:
        """The statements with named parameters that are executed repeatedly."""
        return Prepared(self)

    def remove_prepared(self, name: bytes) -> None:
        """Remove a prepared statement from the server."""
        self.wait(super()._deallocate(name))

    def _deallocate(self, name: bytes | None) -> PQGen[None]:
        """Psycopg's hook to remove statements: all are removed after a rollback to a savepoint or DDL."""
        if name is None:
            self.prepared.forget()
        return super()._deallocate(name)


def _require_success(result: PGresult) -> None:
    if result.status not in _RESULTS:
        raise errors.error_from_result(result)


@lru_cache(maxsize=512)
def numbered(text: str) -> Query:
    """Returns the query for SQL with `%(name)s` for each parameter, and `%%` for a percent sign."""
    numbers: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        return f"${numbers.setdefault(found[1], len(numbers) + 1)}" if found[1] else "%"

    query = _PLACEHOLDER.sub(number, text).encode()
    return Query(query, tuple(numbers), [PyFormat.AUTO] * len(numbers))
