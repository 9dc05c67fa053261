"""How many rows an organization has, and where, without counting them (docs/decisions/0010 and 0036)."""

from django.db import connection, models

from controlhub.sql.walks import BUCKET_BITS

_MERGE = """
WITH several AS (
    SELECT organization_id, kind, bucket FROM (
        SELECT organization_id, kind, bucket, count(*) AS slots,
            max(bucket) OVER (PARTITION BY organization_id, kind) AS newest
        FROM controlhub_rowcount GROUP BY 1, 2, 3) AS c
    WHERE slots > 1 AND bucket < newest),
locked AS (SELECT id, organization_id, kind, bucket, rows, removed FROM controlhub_rowcount
    WHERE (organization_id, kind, bucket) IN (SELECT * FROM several) FOR UPDATE SKIP LOCKED),
spent AS (DELETE FROM controlhub_rowcount c USING locked WHERE c.id = locked.id RETURNING c.id),
merged AS (INSERT INTO controlhub_rowcount (organization_id, kind, bucket, rows, removed)
    SELECT organization_id, kind, bucket, sum(rows), sum(removed) FROM locked GROUP BY 1, 2, 3)
SELECT count(*) FROM spent
"""


class RowCountQuerySet(models.QuerySet["RowCount"]):
    def merge_slots(self) -> int:
        """Replace the slots of each bucket that no longer grows by one slot. Returns the number of replaced slots."""
        with connection.cursor() as cursor:
            cursor.execute(_MERGE)
            return int(cursor.fetchone()[0])


class RowCount(models.Model):
    """One of several slots whose sums are the rows that there are and those removed so far.

    A slot counts the rows of one bucket: those with the same `ordinal >> BUCKET_BITS`. A writer takes any slot of the
    row's bucket that nobody holds. `kind` is a table's name, or the id of a custom resource type.

    Triggers keep them (docs/database.md); other code only merges slots.
    """

    BUCKET_BITS = BUCKET_BITS

    organization_id = models.UUIDField()
    kind = models.TextField(db_collation="C")
    bucket = models.BigIntegerField(db_default=0)
    rows = models.BigIntegerField()
    removed = models.BigIntegerField(default=0)

    objects = RowCountQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["organization_id", "kind", "bucket"], name="row_count_of_bucket")]

    def __str__(self) -> str:
        return f"{self.rows} of {self.kind}"
