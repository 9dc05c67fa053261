"""Row counts by place in the order of creation, so that a page far from both ends is found without counting up to it.

Each row of `controlhub_rowcount` counts the rows of one bucket of ordinals (docs/decisions/0036). Writers wait while the
rows that there are get counted once: about a second for each million.
"""

from django.db import migrations, models

COUNT_ROWS = """
CREATE FUNCTION controlhub_count_rows(organization uuid, of_kind text, of_bucket bigint, delta bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE controlhub_rowcount
    SET rows = rows + delta, removed = removed + greatest(0, -delta)
    WHERE id = (SELECT id FROM controlhub_rowcount
        WHERE organization_id = organization AND kind = of_kind AND bucket = of_bucket LIMIT 1 FOR UPDATE SKIP LOCKED);
    IF NOT FOUND THEN
        INSERT INTO controlhub_rowcount (organization_id, kind, bucket, rows, removed)
        VALUES (organization, of_kind, of_bucket, delta, greatest(0, -delta));
    END IF;
END $$
"""
COUNT_CHANGED = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE delta record;
BEGIN
    FOR delta IN
        SELECT organization_id AS organization, {kind} AS kind, ordinal >> 14 AS bucket,
            count(*) * CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END AS rows
        FROM changed {counted} GROUP BY 1, 2, 3
    LOOP
        PERFORM controlhub_count_rows(delta.organization, delta.kind, delta.bucket, delta.rows);
    END LOOP;
    RETURN NULL;
END $$
"""
COUNT_HIDDEN = """
CREATE OR REPLACE FUNCTION controlhub_count_hidden() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM controlhub_count_rows(NEW.organization_id, 'controlhub_user', NEW.ordinal >> 14,
        CASE WHEN NEW.hidden THEN -1 ELSE 1 END);
    RETURN NULL;
END $$
"""
COUNTED = (
    ("controlhub_user", "controlhub_count_users", "'controlhub_user'", "WHERE NOT hidden"),
    ("controlhub_group", "controlhub_count_groups", "'controlhub_group'", ""),
    ("controlhub_resource", "controlhub_count_resources", "resource_type_id::text", ""),
)
ROWS = "SELECT organization_id, {kind}, ordinal >> 14, count(*), 0 FROM {table} {counted} GROUP BY 1, 2, 3"
RECOUNT = """
WITH before AS (DELETE FROM controlhub_rowcount RETURNING organization_id, kind, removed)
INSERT INTO controlhub_rowcount (organization_id, kind, bucket, rows, removed)
SELECT organization_id, kind, 0, 0, sum(removed) FROM before GROUP BY 1, 2
UNION ALL {rows}
"""


def count(apps, schema_editor):
    tables = ", ".join(table for table, *_ in COUNTED)
    schema_editor.execute(f"LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE")
    schema_editor.execute(COUNT_ROWS)
    for _, name, kind, counted in COUNTED:
        schema_editor.execute(COUNT_CHANGED.format(name=name, kind=kind, counted=counted))
    schema_editor.execute(COUNT_HIDDEN)
    schema_editor.execute("DROP FUNCTION controlhub_count_rows(uuid, text, bigint)")
    rows = [ROWS.format(table=table, kind=kind, counted=counted) for table, _, kind, counted in COUNTED]
    schema_editor.execute(RECOUNT.format(rows=" UNION ALL ".join(rows)))


class Migration(migrations.Migration):
    dependencies = [("controlhub", "0042_new_tolerances")]
    operations = [
        migrations.AddField("rowcount", "bucket", models.BigIntegerField(db_default=0)),
        migrations.RemoveIndex("rowcount", "row_count"),
        migrations.AddIndex(
            "rowcount", models.Index(fields=["organization_id", "kind", "bucket"], name="row_count_of_bucket")
        ),
        migrations.RunPython(count),
    ]
