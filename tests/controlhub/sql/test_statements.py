"""Statements run on psycopg's cursor, and keep what Django's wrapper around it guarantees."""

from typing import Any

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from controlhub.sql.statements import execute, fetch_row, fetch_rows

pytestmark = pytest.mark.django_db


def test_returns_rows_of_named_parameters() -> None:
    assert fetch_row("SELECT %(number)s::int + 1, %(text)s::text", {"number": 1, "text": "a"}) == (2, "a")
    assert fetch_rows("SELECT * FROM generate_series(1, %(last)s)", {"last": 3}) == [(1,), (2,), (3,)]
    assert fetch_row("SELECT 1 WHERE %(is_true)s", {"is_true": False}) is None


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("SELECT 1 / %(number)s::int", DataError, id="division by zero"),
        pytest.param("INSERT INTO controlhub_organization (id) VALUES (NULL)", IntegrityError, id="not null"),
    ],
)
def test_errors_are_djangos(text: str, error: type[Exception]) -> None:
    with pytest.raises(error), transaction.atomic():
        execute(text, {"number": 0})


def test_refuses_statements_in_a_transaction_that_must_be_rolled_back() -> None:
    with transaction.atomic():
        transaction.set_rollback(True)
        with pytest.raises(TransactionManagementError):
            fetch_row("SELECT 1", {})


def test_captured_queries_contain_the_statement() -> None:
    with CaptureQueriesContext(connection) as queries:
        fetch_row("SELECT %(number)s::int", {"number": 5})
    assert len(queries) == 1


def test_execute_wrappers_see_the_statement() -> None:
    seen: list[str] = []

    def wrapper(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(wrapper):
        fetch_row("SELECT 7", {})
    assert seen == ["SELECT 7"]
