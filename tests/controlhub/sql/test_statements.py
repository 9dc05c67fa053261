"""Statements run on psycopg's cursor and keep the guarantees of Django's cursor wrapper."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import DataError, IntegrityError, ProgrammingError, connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from controlhub.models import User
from controlhub.sql import prepared
from controlhub.sql.statements import execute, fetch_row, fetch_rows

pytestmark = pytest.mark.django_db


def test_statement_with_named_parameters_returns_rows() -> None:
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
def test_errors_are_those_of_django(text: str, error: type[Exception]) -> None:
    with pytest.raises(error), transaction.atomic():
        execute(text, {"number": 0})


def test_statement_is_refused_in_a_transaction_that_must_be_rolled_back() -> None:
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


def names() -> set[str]:
    """The names of the `ask` statements that are prepared on the server for this connection."""
    text = "SELECT name FROM pg_prepared_statements WHERE statement LIKE 'SELECT $1 AS asked%'"
    return {name for (name,) in connection.connection.execute(text, prepare=False)}


@pytest.fixture
def begun(db: None) -> None:
    """Within a transaction that psycopg's cursor begins."""
    execute("SELECT 1")


def ask(value: object = 1) -> object:
    return fetch_row("SELECT %(value)s AS asked", {"value": value})


@pytest.mark.usefixtures("begun")
def test_statement_is_prepared_on_its_second_use_for_each_type() -> None:
    connection.connection.pgconn.exec_(b"DEALLOCATE ALL")
    connection.connection.__dict__.pop("prepared", None)
    assert ask() == (1,)
    assert names() == set()
    assert [ask(), ask()] == [(1,), (1,)]
    assert len(names()) == 1
    assert [ask("a"), ask("b"), ask(None)] == [("a",), ("b",), (None,)]
    assert len(names()) == 2


@pytest.mark.usefixtures("begun")
@pytest.mark.parametrize("undo", ["savepoint", "ddl"])
def test_statement_is_prepared_again_after_all_were_deallocated(undo: str) -> None:
    assert [ask(), ask()] == [(1,), (1,)]
    assert [User.objects.count(), User.objects.count()] == [0, 0]  # psycopg has prepared this one, and deallocates all
    before = names()
    if undo == "savepoint":
        with transaction.atomic():
            transaction.set_rollback(True)
    else:
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE short_lived ()")
            cursor.execute("DROP TABLE short_lived")
    assert names() == set()
    assert ask() == (1,)
    assert len(names() - before) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("loss", ["DEALLOCATE ALL", "ALTER TABLE short_lived ADD more integer"])
def test_statement_outside_a_transaction_survives_a_lost_plan(loss: str) -> None:
    text = "SELECT * FROM short_lived WHERE %(is_wanted)s"

    def numbers() -> list[int]:
        return [row[0] for _ in range(3) for row in fetch_rows(text, {"is_wanted": True})]

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE short_lived (number integer)")
        cursor.execute("INSERT INTO short_lived VALUES (5)")
        try:
            assert numbers() == [5, 5, 5]
            connection.connection.pgconn.exec_(loss.encode())
            assert numbers() == [5, 5, 5]
        finally:
            cursor.execute("DROP TABLE short_lived")


@pytest.mark.usefixtures("begun")
def test_lost_plan_inside_a_transaction_causes_one_error() -> None:
    assert [ask(), ask()] == [(1,), (1,)]
    with pytest.raises(ProgrammingError), transaction.atomic():
        connection.connection.pgconn.exec_(b"DEALLOCATE ALL")
        ask()
    assert ask() == (1,)


@pytest.mark.usefixtures("begun")
def test_number_of_prepared_statements_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared, "MOST", 2)
    connection.connection.pgconn.exec_(b"DEALLOCATE ALL")
    connection.connection.prepared.forget()
    for value in (1, "a", True, 1.5, 1):
        assert [ask(value), ask(value)] == [(value,), (value,)]
        assert len(names()) <= 2


@pytest.mark.usefixtures("begun")
@pytest.mark.parametrize(
    "values",
    [
        {"text": "50 %", "none": None, "number": 7, "flag": True, "names": ["a", "b"], "none_of_them": []},
        {"text": "", "none": "x", "number": 2**40, "flag": False, "names": [], "none_of_them": ["%"]},
    ],
)
def test_both_ways_return_the_same_rows(values: dict[str, Any]) -> None:
    text = """SELECT %(text)s::text, %(none)s::text, %(number)s::bigint, %(flag)s::boolean, %(names)s::text[],
        %(none_of_them)s::text[], %(text)s || '%%', now() > '2020-01-01', '{"a": [1.5]}'::json, '\\x01'::bytea"""
    rows = [fetch_rows(text, values, is_binary=is_binary) for is_binary in (False, False, False, True, True)]
    with CaptureQueriesContext(connection):
        assert rows == [fetch_rows(text, values)] * 5
    assert rows[0][0][6] == values["text"] + "%"


@pytest.mark.usefixtures("begun")
@pytest.mark.parametrize(
    "values",
    [
        ["a"],
        ["", " ", "NULL", "null"],
        ['"', "\\", '\\"', "{}", "a,b", "{a,b}", "\n\t", "'"],
        ["ä€😀", "\u2028", "\x01\x7f"],
        [None, "a"],
        ["a", None],
        [["a", '"'], ["b", "\\"]],
        [1, 2**40],
        [None],
        [],
    ],
)
def test_lists_are_passed_unchanged(values: list[Any]) -> None:
    kind = "bigint[]" if values[:1] == [1] else "text[]"
    for _ in range(3):  # by the cursor, when it is being prepared, and once prepared
        assert fetch_row(f"SELECT %(values)s::{kind}", {"values": values}) == (values,)


@pytest.mark.usefixtures("begun")
def test_lists_of_both_kinds_share_a_statement() -> None:
    for values in (["a"], [None, "a"], [None, '"'], ['"'], []) * 2:
        assert fetch_row("SELECT %(values)s::text[]", {"values": values}) == (values,)


@pytest.mark.usefixtures("begun")
@pytest.mark.parametrize("values", [["a\0"], ["a", 1]])
def test_lists_that_postgresql_does_not_support_are_refused(values: list[Any]) -> None:
    text = "SELECT %(values)s::text[]"
    for _ in range(2):
        fetch_row(text, {"values": ["a"]})
    with pytest.raises(DataError), transaction.atomic():
        fetch_row(text, {"values": values})


@pytest.mark.usefixtures("begun")
def test_times_are_in_utc() -> None:
    text = """SELECT '2026-03-01T00:30:00.000123+05:30'::timestamptz, '0099-01-01T00:00:00Z'::timestamptz,
        %(at)s::timestamptz"""
    moments = [
        datetime(2026, 2, 28, 19, 0, 0, 123, tzinfo=UTC),
        datetime(99, 1, 1, tzinfo=UTC),
        datetime(2026, 7, 1, 12, tzinfo=UTC),
    ]
    for _ in range(3):
        found = fetch_row(text, {"at": moments[2]})
        assert found == tuple(moments)
        assert [moment.isoformat() for moment in found] == [moment.isoformat() for moment in moments]
