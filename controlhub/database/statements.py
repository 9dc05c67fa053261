"""One row read, inserted, updated, removed: the statements that every SCIM write runs (docs/decisions/0006).

The ORM would build their texts anew each time. Table and column names come from the models; values are parameters,
adapted by their fields as the ORM does it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from types import MappingProxyType
from typing import Any, TypeVar
from uuid import UUID

import orjson
from django.db import connection, models
from django.db.models.functions import Now

M = TypeVar("M", bound=models.Model)
_NATIVE = frozenset({str, int, bool, type(None), datetime, UUID})
"""What psycopg takes as it is, whatever the field."""
MOMENT = "STATEMENT_TIMESTAMP()"
_NOW = "infinity"  # stands for MOMENT in rows that are given as JSON


class OvertakenError(Exception):
    """The row is no longer as it was read, or what is to be done needs it locked: read it again, locked."""


def read_row(
    model: type[M],
    organization_id: UUID,
    pk: UUID,
    *,
    is_locked: bool = True,
    also: str = "NULL",
    values: Mapping[str, Any] = MappingProxyType({}),
) -> tuple[M, tuple[Any, ...]] | None:
    """The organization's row with this id, and the values of the expressions `also`.

    It is locked until the transaction ends; or it `may_be_overtaken`, and every statement that changes it names its
    version. The instance's `locked_at` is the database's moment of asking.
    """
    fields = _read_fields(model)
    with connection.cursor() as cursor:
        named = {**values, "organization": organization_id, "id": pk}
        cursor.execute(_read_text(model, also, is_locked), named)
        found = cursor.fetchone()
    if found is None:
        return None
    stored, (locked_at, *others) = found[: len(fields)], found[len(fields) :]
    instance = model.from_db(connection.alias, [field.attname for field in fields], _converted(model, stored))
    instance.locked_at = locked_at  # type: ignore[attr-defined]
    instance.may_be_overtaken = not is_locked  # type: ignore[attr-defined]
    return instance, tuple(others)


@dataclass(frozen=True, slots=True)
class Consequences:
    """What else a change does: parts of a WITH clause, which see the id that `changed` returns.

    `details` is a jsonb expression over them, for the audit event.
    """

    text: str
    details: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A change of one row that is still to be made: its SQL, and the columns that it returns.

    `before` is what it rests on: parts of a WITH clause, whose parameters come first.
    """

    text: str
    params: tuple[Any, ...]
    returning: tuple[str, ...] = ("id",)
    consequences: Consequences | None = None
    before: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """SQL without which nothing is written."""

    text: str
    params: tuple[Any, ...]


def all_of(*conditions: Condition | None) -> Condition | None:
    """The conjunction of these conditions; None is always true."""
    given = [condition for condition in conditions if condition]
    if len(given) < 2:
        return given[0] if given else None
    params = tuple(param for condition in given for param in condition.params)
    return Condition(" AND ".join(condition.text for condition in given), params)


def insertion(
    instance: models.Model, *, returning: tuple[str, ...] = ("id",), condition: Condition | None = None
) -> Statement:
    """Add the instance; columns left to the database's default are not named."""
    model = type(instance)
    fields = [field for field in _fields(model) if not _is_left(instance, field)]
    now = tuple(field.attname for field in fields if isinstance(getattr(instance, field.attname), Now))
    names = tuple(field.attname for field in fields)
    values = tuple(_prepared(instance, field) for field in fields if field.attname not in now)
    text = _insert_text(model, names, now, condition.text if condition else "")
    return Statement(text, (*values, *(condition.params if condition else ())), returning)


def insertions(
    instances: Sequence[models.Model], *, returning: tuple[str, ...] = ("id",), condition: Condition | None = None
) -> Statement:
    """Add instances of one model that leave the same columns to the database; all or none."""
    model = type(instances[0])
    fields = [field for field in _fields(model) if not _is_left(instances[0], field)]
    rows = [{field.column: _written(instance, field) for field in fields} for instance in instances]
    now = tuple(field.column for field in fields if any(row[field.column] == _NOW for row in rows))
    text, params = rows_inserted(model._meta.db_table, tuple(rows[0]), now), (as_rows(rows),)  # noqa: SLF001
    if condition:
        text, params = f"{text} WHERE {condition.text}", (*params, *condition.params)
    return Statement(text, params, returning)


@cache
def rows_inserted(table: str, columns: tuple[str, ...], now: tuple[str, ...] = ()) -> str:
    """An INSERT of any number of rows, given as one parameter by `as_rows`; `now` may hold the moment's mark."""
    names = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(
        f"""CASE "{name}" WHEN '{_NOW}' THEN {MOMENT} ELSE "{name}" END""" if name in now else f'"{name}"'
        for name in columns
    )
    return f'INSERT INTO "{table}" ({names}) SELECT {values} FROM json_populate_recordset(NULL::"{table}", %s::json)'  # noqa: S608


def as_rows(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows as one parameter; documents, wrapped for psycopg, go in as they are."""
    return orjson.dumps(rows, default=lambda wrapped: wrapped.obj).decode()


def inserted(instance: models.Model, values: tuple[Any, ...], *, returning: tuple[str, ...]) -> None:
    """Give an instance that was inserted what its insertion returned."""
    for name, value in zip(returning, values, strict=True):
        setattr(instance, name, value)
    instance._state.adding = False  # noqa: SLF001 — as Model.save() leaves it
    instance._state.db = connection.alias  # noqa: SLF001


def update(
    instance: models.Model,
    names: tuple[str, ...],
    *,
    version: int,
    consequences: Consequences | None = None,
    condition: Condition | None = None,
) -> Statement:
    """Write these columns of an instance whose row has still this version."""
    text, fields = _update_text(type(instance), names)
    params = (*(_prepared(instance, field) for field in fields), instance.pk, version)
    if condition:
        text, params = f"{text} AND {condition.text}", (*params, *condition.params)
    return Statement(text, params, consequences=consequences)


def removal(
    instance: models.Model,
    *,
    version: int,
    returning: tuple[str, ...] = ("id",),
    consequences: Consequences | None = None,
    condition: Condition | None = None,
) -> Statement:
    """Remove an instance whose row has still this version."""
    text = f'DELETE FROM "{instance._meta.db_table}" WHERE id = %s AND version = %s'  # noqa: S608, SLF001
    params: tuple[Any, ...] = (instance.pk, version)
    if condition:
        text, params = f"{text} AND {condition.text}", (*params, *condition.params)
    return Statement(text, params, returning, consequences)


@cache
def _fields(model: type[models.Model]) -> tuple[Any, ...]:
    return tuple(model._meta.concrete_fields)  # noqa: SLF001


@cache
def _read_fields(model: type[models.Model]) -> tuple[Any, ...]:
    """All fields but those of the model's `RARELY_READ`, which are fetched by whoever asks for one."""
    rarely = getattr(model, "RARELY_READ", ())
    return tuple(field for field in _fields(model) if field.attname not in rarely)


@cache
def _read_text(model: type[models.Model], also: str, is_locked: bool) -> str:
    table = model._meta.db_table  # noqa: SLF001
    columns = ", ".join(f'"{table}"."{field.column}"' for field in _read_fields(model))
    condition = "organization_id = %(organization)s AND id = %(id)s"
    lock = f' FOR UPDATE OF "{table}"' if is_locked else ""
    return f'SELECT {columns}, {MOMENT}, {also} FROM "{table}" WHERE {condition}{lock}'  # noqa: S608


@cache
def _insert_text(model: type[models.Model], names: tuple[str, ...], now: tuple[str, ...], condition: str) -> str:
    columns = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(MOMENT if name in now else "%s" for name in names)
    source = f"SELECT {values} WHERE {condition}" if condition else f"VALUES ({values})"
    return f'INSERT INTO "{model._meta.db_table}" ({columns}) {source}'  # noqa: SLF001


@cache
def _update_text(model: type[models.Model], names: tuple[str, ...]) -> tuple[str, tuple[Any, ...]]:
    fields = tuple(model._meta.get_field(name) for name in names)  # noqa: SLF001 — public in all but name
    assignments = ", ".join(f'"{field.column}" = %s' for field in fields)  # type: ignore[union-attr]
    return f'UPDATE "{model._meta.db_table}" SET {assignments} WHERE id = %s AND version = %s', fields  # noqa: S608, SLF001


def _is_left(instance: models.Model, field: Any) -> bool:
    return isinstance(getattr(instance, field.attname), models.expressions.DatabaseDefault) or (
        field.primary_key and instance.pk is None
    )


def _prepared(instance: models.Model, field: Any) -> Any:
    value = getattr(instance, field.attname)
    return value if type(value) in _NATIVE else field.get_db_prep_save(value, connection)


def _written(instance: models.Model, field: Any) -> Any:
    return _NOW if isinstance(getattr(instance, field.attname), Now) else _prepared(instance, field)


@cache
def _converters(model: type[models.Model]) -> tuple[tuple[int, Any], ...]:
    """The fields that read a value otherwise than it comes, with their places."""
    fields = enumerate(_read_fields(model))
    return tuple((place, field.from_db_value) for place, field in fields if hasattr(field, "from_db_value"))


def _converted(model: type[models.Model], values: Iterable[Any]) -> list[Any]:
    """Values as their fields read them: the document as a dict."""
    converted = list(values)
    for place, convert in _converters(model):
        converted[place] = convert(converted[place], None, connection)
    return converted
