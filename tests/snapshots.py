"""Rows that many tests need, made once per process, kept in memory and copied back into empty tables."""

from django.db import connection, transaction

from controlhub.models import Organization

_TABLES = """
SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
WHERE schemaname NOT IN ('information_schema', 'pg_catalog', 'test_clock') ORDER BY 1"""
_TRIGGERS = "SET LOCAL session_replication_role = {}"


def is_possible():
    """Whether the test has created nothing yet, and rolls back what it creates."""
    return connection.in_atomic_block and not Organization.objects.exists()


def rows():
    """The rows of every table, in PostgreSQL's COPY format."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        return {table: _copy_of(cursor, table) for (table,) in cursor.fetchall()}


def difference(before, after):
    """The tables whose rows have changed."""
    return {table: copy for table, copy in after.items() if copy != before.get(table)}


def restore(tables):
    """Replace the rows of these tables. Constraints and triggers were applied when the rows were created."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_TRIGGERS.format("replica"))
        for table, copy in tables.items():
            cursor.execute(f"DELETE FROM {table}")
            with cursor.copy(f"COPY {table} FROM STDIN (FORMAT binary)") as target:
                target.write(copy)
        cursor.execute(_TRIGGERS.format("origin"))


def _copy_of(cursor, table):
    with cursor.copy(f"COPY {table} TO STDOUT (FORMAT binary)") as copy:
        return b"".join(copy)
