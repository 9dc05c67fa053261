"""Converters for prepared statements: psycopg's, except for two that are slow because they are written in Python."""

from typing import Any

from psycopg import Connection, DataError
from psycopg.abc import Buffer, DumperKey, PyFormat
from psycopg.adapt import AdaptersMap
from psycopg.types.array import BaseListDumper, ListDumper
from psycopg.types.datetime import TimestamptzLoader


class Converters:
    """The converters of a connection, whose time zone must be UTC, with two replaced.

    Times are read by psycopg's compiled class: Django's subclass of it takes ten times as long. Lists of strings are
    dumped in one step: psycopg inspects the elements of each list.
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
    """Dumps a list of strings in PostgreSQL's array syntax."""

    def dump(self, obj: list[str]) -> Buffer:
        texts = [text.replace("\\", "\\\\").replace('"', '\\"') for text in obj]
        array = '{"' + '","'.join(texts) + '"}'
        if "\0" in array:
            raise DataError("A text cannot have the character U+0000.")
        return array.encode()


_KEY = (list, _TextsDumper)


def _has_texts(values: list[Any]) -> bool:
    """Whether the list has elements and all of them are strings."""
    return bool(values) and set(map(type, values)) == {str}
