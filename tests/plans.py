"""Counts the rows that a request reads, from the plans of its statements."""

from collections import Counter

from django.db import connection, transaction
from psycopg import ClientCursor


class RowsRead:
    """Runs each SELECT, or WITH … SELECT, again and counts the rows that it reads from each table.

    `by_index` counts those read in an index scan or index-only scan, but not those in a bitmap scan.
    """

    def __init__(self):
        self.by_table, self.by_index = Counter(), Counter()

    def __call__(self, execute, sql, params, many, context):
        if sql.lstrip().startswith(("SELECT", "WITH")):
            statement = ClientCursor(connection.connection).mogrify(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
            with transaction.atomic(), connection.connection.cursor() as cursor:
                cursor.execute(statement.encode())
                self._count(cursor.fetchone()[0][0]["Plan"])
                transaction.set_rollback(True)
        return execute(sql, params, many, context)

    def _count(self, node):
        kept = node["Actual Rows"]
        removed = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
        read = (kept + removed) * node["Actual Loops"]
        if "Index Name" in node:
            self.by_index[node["Index Name"]] += read
        if "Relation Name" in node:
            self.by_table[node["Relation Name"]] += read
        for part in node.get("Plans", []):
            self._count(part)


def rewrite(*tables):
    """Rewrite tables and their indexes and analyze them, as if no test had rolled rows back.

    Such rows keep their space, and the planner does not choose an index that is mostly empty.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in tables:
            cursor.execute(f"CLUSTER {table} USING {table}_pkey")
            cursor.execute(f"ANALYZE {table}")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
