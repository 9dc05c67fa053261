"""One row locked, inserted, updated, removed: the statements that every SCIM write runs (docs/decisions/0006).

The ORM would build their texts anew each time. Table and column names come from the models; values are parameters,
adapted by their fields as the ORM does it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection, models
from django.db.models.functions import Now

M = TypeVar("M", bound=models.Model)
MOMENT = "STATEMENT_TIMESTAMP()"


def lock_row(
    model: type[M], organization_id: UUID, pk: UUID, *, beside: str = "NULL", params: Iterable[Any] = ()
) -> tuple[M, tuple[Any, ...]] | None:
    """The organization's row with this id, locked until the transaction ends, and values that SQL finds beside it.

    The instance's `locked_at` is the database's moment of asking.
    """
    fields = _fields(model)
    with connection.cursor() as cursor:
        cursor.execute(_lock_text(model, beside), (*params, organization_id, pk))
        found = cursor.fetchone()
    if found is None:
        return None
    values, (locked_at, *besides) = found[: len(fields)], found[len(fields) :]
    instance = model.from_db(connection.alias, [field.attname for field in fields], _converted(fields, values))
    instance.locked_at = locked_at  # type: ignore[attr-defined]
    return instance, tuple(besides)


@dataclass(frozen=True, slots=True)
class Statement:
    """A change that is still to be made: its SQL, which may return columns."""

    text: str
    params: tuple[Any, ...]
    returning: tuple[str, ...] = ()


def insertion(instance: models.Model, *, returning: tuple[str, ...] = ()) -> Statement:
    """Add the instance; columns left to the database's default are not named."""
    model = type(instance)
    fields = [field for field in _fields(model) if not _is_left(instance, field)]
    now = tuple(field.attname for field in fields if isinstance(getattr(instance, field.attname), Now))
    names = tuple(field.attname for field in fields)
    values = tuple(_prepared(instance, field) for field in fields if field.attname not in now)
    return Statement(_insert_text(model, names, now, returning), values, returning)


def inserted(instance: models.Model, values: tuple[Any, ...], *, returning: tuple[str, ...]) -> None:
    """Give an instance that was inserted what its insertion returned."""
    for name, value in zip(returning, values, strict=True):
        setattr(instance, name, value)
    instance._state.adding = False  # noqa: SLF001 — as Model.save() leaves it
    instance._state.db = connection.alias  # noqa: SLF001


def update(instance: models.Model, names: tuple[str, ...]) -> Statement:
    """Write these columns of an instance whose row is locked."""
    text, fields = _update_text(type(instance), names)
    return Statement(text, (*(_prepared(instance, field) for field in fields), instance.pk))


def removal(instance: models.Model) -> Statement:
    """Remove an instance whose row is locked, and of which nothing that refers to it is left."""
    return Statement(f'DELETE FROM "{instance._meta.db_table}" WHERE id = %s', (instance.pk,))  # noqa: S608, SLF001


@cache
def _fields(model: type[models.Model]) -> tuple[Any, ...]:
    return tuple(model._meta.concrete_fields)  # noqa: SLF001


@cache
def _lock_text(model: type[models.Model], beside: str) -> str:
    table = model._meta.db_table  # noqa: SLF001
    columns = ", ".join(f'"{table}"."{field.column}"' for field in _fields(model))
    condition = "organization_id = %s AND id = %s"
    return f'SELECT {columns}, {MOMENT}, {beside} FROM "{table}" WHERE {condition} FOR UPDATE OF "{table}"'  # noqa: S608


@cache
def _insert_text(
    model: type[models.Model], names: tuple[str, ...], now: tuple[str, ...], returning: tuple[str, ...]
) -> str:
    columns = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(MOMENT if name in now else "%s" for name in names)
    answer = f" RETURNING {', '.join(returning)}" if returning else ""
    return f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES ({values}){answer}'  # noqa: S608, SLF001


@cache
def _update_text(model: type[models.Model], names: tuple[str, ...]) -> tuple[str, tuple[Any, ...]]:
    fields = tuple(model._meta.get_field(name) for name in names)  # noqa: SLF001 — public in all but name
    assignments = ", ".join(f'"{field.column}" = %s' for field in fields)  # type: ignore[union-attr]
    return f'UPDATE "{model._meta.db_table}" SET {assignments} WHERE id = %s', fields  # noqa: S608, SLF001


def _is_left(instance: models.Model, field: Any) -> bool:
    return isinstance(getattr(instance, field.attname), models.expressions.DatabaseDefault) or (
        field.primary_key and instance.pk is None
    )


def _prepared(instance: models.Model, field: Any) -> Any:
    return field.get_db_prep_save(getattr(instance, field.attname), connection)


def _converted(fields: tuple[Any, ...], values: Iterable[Any]) -> list[Any]:
    """Values as their fields read them: the document as a dict."""
    return [
        field.from_db_value(value, None, connection) if hasattr(field, "from_db_value") else value
        for field, value in zip(fields, values, strict=True)
    ]
