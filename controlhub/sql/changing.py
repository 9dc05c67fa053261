"""Read one row to change it, as an instance of its model (docs/decisions/0006).

The ORM would compose the query each time. Table and column names come from the model.
"""

from collections.abc import Mapping
from functools import cache
from textwrap import fill
from types import MappingProxyType
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection, models

from controlhub.sql.instances import instance_of
from controlhub.sql.statements import fetch_row

M = TypeVar("M", bound=models.Model)


def read_row(
    model: type[M],
    organization_id: UUID,
    pk: UUID,
    *,
    is_locked: bool = True,
    also: str = "NULL",
    values: Mapping[str, Any] = MappingProxyType({}),
) -> tuple[M, tuple[Any, ...]] | None:
    """Returns the organization's row with this id, and the values of the expressions `also`.

    The row is locked until the transaction ends. If it is not, the instance `may_be_overtaken`, and every statement
    that changes it must check its version. The instance's `locked_at` is the time of this query by the database's
    clock.
    """
    names, converters = _columns(model)
    found = fetch_row(_text(model, also, is_locked), {**values, "organization": organization_id, "id": pk})
    if found is None:
        return None
    stored, locked_at, others = list(found[: len(names)]), found[len(names)], found[len(names) + 1 :]
    for position, convert in converters:
        stored[position] = convert(stored[position], None, connection)
    columns = dict(zip(names, stored, strict=True))
    return instance_of(model, columns, locked_at=locked_at, may_be_overtaken=not is_locked), others


@cache
def _columns(model: type[models.Model]) -> tuple[list[str], tuple[tuple[int, Any], ...]]:
    """Returns the names of the columns to read, and the position and converter of each that needs conversion.

    Columns in the model's `RARELY_READ` are fetched on first use. So are generated columns, which only pages use.
    """
    rarely = getattr(model, "RARELY_READ", ())
    read = [field for field in model._meta.concrete_fields if not field.generated]  # noqa: SLF001
    fields = [field for field in read if field.attname not in rarely]
    converters = ((position, getattr(field, "from_db_value", None)) for position, field in enumerate(fields))
    converted = tuple((position, convert) for position, convert in converters if convert)
    return [field.attname for field in fields], converted


@cache
def _text(model: type[models.Model], also: str, is_locked: bool) -> str:
    table = model._meta.db_table  # noqa: SLF001
    columns = fill(", ".join(_columns(model)[0]), 110, subsequent_indent="    ")
    lock = f"\nFOR UPDATE OF {table}" if is_locked else ""
    return f"""
SELECT {columns},
    STATEMENT_TIMESTAMP(),
    {also}
FROM {table}
WHERE organization_id = %(organization)s AND id = %(id)s{lock}"""
