"""How prepared statements convert values: as psycopg does, but without what is slow because it is written in Python."""

from typing import Any

from psycopg import Connection, DataError
from psycopg.abc import Buffer, DumperKey, PyFormat
from psycopg.adapt import AdaptersMap
from psycopg.types.array import BaseListDumper, ListDumper
from psycopg.types.datetime import TimestamptzLoader


class Converters:
    """Those of a connection, whose time zone is UTC, with two replaced.

    Times are read by psycopg's own class, which is compiled: Django's, which derives from it, takes ten times as long.
    Lists of texts are written at once: psycopg asks for each list what its elements are.
    """

    def __init__(self, connection: "Connection[Any]") -> None:
        self.connection = connection
        self.adapters = AdaptersMap(connection.adapters)
        self.adapters.register_loader("timestamptz", TimestamptzLoader)
        self.adapters.register_dumper(list, _ListDumper)


class _ListDumper(ListDumper):
    def get_key(self, obj: list[Any], form: PyFormat) -> DumperKey:
        return _KEY if _has_texts(obj) else super().get_key(obj, form)

    def upgrade(self, obj: list[Any], form: PyFormat) -> BaseListDumper:
        found = super().upgrade(obj, form)
        if not _has_texts(obj):
            return found
        dumper = _TextsDumper(self.cls, self._tx)
        dumper.oid = found.oid
        return dumper


class _TextsDumper(BaseListDumper):
    """A list of texts in PostgreSQL's syntax of arrays."""

    def dump(self, obj: list[str]) -> Buffer:
        texts = [text.replace("\\", "\\\\").replace('"', '\\"') for text in obj]
        array = '{"' + '","'.join(texts) + '"}'
        if "\0" in array:
            raise DataError("A text cannot have the character U+0000.")
        return array.encode()


_KEY = (list, _TextsDumper)


def _has_texts(values: list[Any]) -> bool:
    """Whether all of them are texts, and there is one."""
    return bool(values) and set(map(type, values)) == {str}
