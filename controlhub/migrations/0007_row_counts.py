"""Triggers that keep `controlhub_rowcount`: each takes a slot that nobody holds, so that writers never wait."""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE delta record;
BEGIN
    FOR delta IN
        SELECT organization_id AS organization, {kind} AS kind,
            count(*) * CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END AS rows
        FROM changed GROUP BY 1, 2
    LOOP
        UPDATE controlhub_rowcount
        SET rows = controlhub_rowcount.rows + delta.rows, removed = removed + greatest(0, -delta.rows)
        WHERE id = (SELECT id FROM controlhub_rowcount
            WHERE organization_id = delta.organization AND kind = delta.kind LIMIT 1 FOR UPDATE SKIP LOCKED);
        IF NOT FOUND THEN
            INSERT INTO controlhub_rowcount (organization_id, kind, rows, removed)
            VALUES (delta.organization, delta.kind, delta.rows, greatest(0, -delta.rows));
        END IF;
    END LOOP;
    RETURN NULL;
END $$
"""
TRIGGERS = """
CREATE TRIGGER count_added AFTER INSERT ON {table} REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION {name}();
CREATE TRIGGER count_removed AFTER DELETE ON {table} REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION {name}();
INSERT INTO controlhub_rowcount (organization_id, kind, rows, removed)
    SELECT organization_id, {kind}, count(*), 0 FROM {table} GROUP BY 1, 2;
"""
COUNTED = (
    ("controlhub_user", "controlhub_count_users", "'controlhub_user'"),
    ("controlhub_group", "controlhub_count_groups", "'controlhub_group'"),
    ("controlhub_resource", "controlhub_count_resources", "resource_type_id::text"),
)


def create(apps, schema_editor):
    for table, name, kind in COUNTED:
        schema_editor.execute(FUNCTION.format(name=name, kind=kind))
        schema_editor.execute(TRIGGERS.format(table=table, name=name, kind=kind))


def drop(apps, schema_editor):
    for table, name, _ in COUNTED:
        schema_editor.execute(f"DROP TRIGGER count_added ON {table}; DROP TRIGGER count_removed ON {table}")
        schema_editor.execute(f"DROP FUNCTION {name}()")


class Migration(migrations.Migration):
    dependencies = [("controlhub", "0006_own_schemas")]
    operations = [
        migrations.RunSQL("ALTER TABLE controlhub_rowcount SET (fillfactor = 50)", migrations.RunSQL.noop),
        migrations.RunPython(create, drop),
    ]
