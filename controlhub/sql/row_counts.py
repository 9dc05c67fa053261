"""The row counters, which are maintained by triggers (docs/database.md)."""

MERGE_SLOTS = """
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
"""Merges the slots of each bucket that no longer grows into one. Returns the number of slots that were merged."""
