"""The statements that read resources: by hand, because every request runs them (docs/decisions/0006).

Table names and conditions come from the bindings and the filter compiler; values are parameters.
"""

from typing import Any
from uuid import UUID

from django.db import connection

from scim.resources.sql import Sql

_MOMENT = "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"
_COLUMNS = f"id::text, document::text, version, {_MOMENT.format('created_at')}, {_MOMENT.format('modified_at')}"
NO_CONDITION = Sql("TRUE")
NOTHING_BESIDE = Sql("NULL")


def select_rows(
    table: str,
    organization_id: UUID,
    condition: Sql | None,
    beside: Sql | None,
    *,
    order: str = "",
    offset: int = 0,
    limit: int | None = None,
) -> list[tuple[Any, ...]]:
    """The columns of `Row` for the organization's rows that satisfy the condition, in the order of these terms."""
    beside = beside or NOTHING_BESIDE
    condition = condition or NO_CONDITION
    scope, params = f"organization_id = %s AND ({condition.text})", (organization_id, *condition.params)
    if offset:
        # The rows before the page are counted off in the index alone.
        inner = f"SELECT id FROM {table} WHERE {scope} ORDER BY {order} LIMIT %s OFFSET %s"
        text = f"SELECT {_COLUMNS}, {beside.text} FROM {table} WHERE id IN ({inner}) ORDER BY {order}"
        return _fetch(text, (*beside.params, *params, limit, offset))
    text = f"SELECT {_COLUMNS}, {beside.text} FROM {table} WHERE {scope}"
    if limit is None:
        return _fetch(text, (*beside.params, *params))
    return _fetch(f"{text} ORDER BY {order} LIMIT %s", (*beside.params, *params, limit))


def count_rows(table: str, organization_id: UUID, condition: Sql | None) -> int:
    """How many of the organization's rows satisfy the condition."""
    condition = condition or NO_CONDITION
    text = f"SELECT count(*) FROM {table} WHERE organization_id = %s AND ({condition.text})"
    return int(_fetch(text, (organization_id, *condition.params))[0][0])


def _fetch(text: str, params: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(text, params)
        return list(cursor.fetchall())
