"""Users that SCIM has deleted are not counted among those that it serves."""

from django.db import migrations

COUNT = """
CREATE OR REPLACE FUNCTION controlhub_count_users() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE delta record;
BEGIN
    FOR delta IN
        SELECT organization_id AS organization,
            count(*) {shown} * CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END AS rows
        FROM changed GROUP BY 1
    LOOP
        PERFORM controlhub_count_rows(delta.organization, 'controlhub_user', delta.rows);
    END LOOP;
    RETURN NULL;
END $$
"""
HIDDEN = """
CREATE FUNCTION controlhub_count_rows(organization uuid, of_kind text, delta bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE controlhub_rowcount
    SET rows = rows + delta, removed = removed + greatest(0, -delta)
    WHERE id = (SELECT id FROM controlhub_rowcount
        WHERE organization_id = organization AND kind = of_kind LIMIT 1 FOR UPDATE SKIP LOCKED);
    IF NOT FOUND THEN
        INSERT INTO controlhub_rowcount (organization_id, kind, rows, removed)
        VALUES (organization, of_kind, delta, greatest(0, -delta));
    END IF;
END $$;
CREATE FUNCTION controlhub_count_hidden() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM controlhub_count_rows(NEW.organization_id, 'controlhub_user', CASE WHEN NEW.hidden THEN -1 ELSE 1 END);
    RETURN NULL;
END $$;
CREATE TRIGGER count_hidden AFTER UPDATE OF hidden ON controlhub_user FOR EACH ROW
    WHEN (OLD.hidden IS DISTINCT FROM NEW.hidden) EXECUTE FUNCTION controlhub_count_hidden();
"""
SHOWN = """
DROP TRIGGER count_hidden ON controlhub_user;
DROP FUNCTION controlhub_count_hidden();
"""


class Migration(migrations.Migration):
    dependencies = [("controlhub", "0016_lifecycle")]
    operations = [
        migrations.RunSQL(HIDDEN, SHOWN),
        migrations.RunSQL(
            COUNT.format(shown="FILTER (WHERE NOT hidden)"), COUNT.format(shown="")
        ),
    ]
