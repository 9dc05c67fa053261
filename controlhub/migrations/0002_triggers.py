"""Triggers that count: rows by organization and place, and what gives a user access (docs/database.md)."""

from django.db import migrations

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
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
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
END $$;
CREATE TRIGGER count_added AFTER INSERT ON {table} REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION {name}();
CREATE TRIGGER count_removed AFTER DELETE ON {table} REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION {name}();
"""
COUNT_HIDDEN = """
CREATE FUNCTION controlhub_count_hidden() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM controlhub_count_rows(NEW.organization_id, 'controlhub_user', NEW.ordinal >> 14,
        CASE WHEN NEW.hidden THEN -1 ELSE 1 END);
    RETURN NULL;
END $$;
CREATE TRIGGER count_hidden AFTER UPDATE OF hidden ON controlhub_user FOR EACH ROW
    WHEN (OLD.hidden IS DISTINCT FROM NEW.hidden) EXECUTE FUNCTION controlhub_count_hidden();
"""
COUNTED = (
    ("controlhub_user", "controlhub_count_users", "'controlhub_user'", "WHERE NOT hidden"),
    ("controlhub_group", "controlhub_count_groups", "'controlhub_group'", ""),
    ("controlhub_resource", "controlhub_count_resources", "resource_type_id::text", ""),
)
COUNT = COUNT_ROWS + ";" + COUNT_HIDDEN + "".join(
    COUNT_CHANGED.format(table=table, name=name, kind=kind, counted=counted) for table, name, kind, counted in COUNTED
)
DO_NOT_COUNT = """
DROP TRIGGER count_hidden ON controlhub_user;
DROP FUNCTION controlhub_count_hidden();
""" + "".join(
    f"DROP TRIGGER count_added ON {table}; DROP TRIGGER count_removed ON {table}; DROP FUNCTION {name}();"
    for table, name, *_ in COUNTED
) + "DROP FUNCTION controlhub_count_rows(uuid, text, bigint, bigint);"
COUNT_ACCESS = """
CREATE FUNCTION controlhub_count_access(of_user uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE controlhub_user SET access_version = access_version + 1 WHERE id = of_user AND active;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'an Inactive user gets no access' USING ERRCODE = 'check_violation';
    END IF;
END $$;
CREATE FUNCTION controlhub_access_of_user() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM controlhub_count_access(NEW.user_id);
    RETURN NULL;
END $$;
CREATE FUNCTION controlhub_access_of_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM controlhub_count_access((SELECT user_id FROM controlhub_account WHERE id = NEW.account_id));
    RETURN NULL;
END $$;
CREATE TRIGGER count_access AFTER INSERT ON controlhub_accesstoken FOR EACH ROW
    WHEN (NEW.user_id IS NOT NULL) EXECUTE FUNCTION controlhub_access_of_user();
CREATE TRIGGER count_access AFTER INSERT ON controlhub_invitation FOR EACH ROW
    EXECUTE FUNCTION controlhub_access_of_user();
CREATE TRIGGER count_access AFTER INSERT ON controlhub_session FOR EACH ROW
    WHEN (NEW.account_id IS NOT NULL) EXECUTE FUNCTION controlhub_access_of_account();
CREATE TRIGGER count_access_later AFTER UPDATE OF account_id ON controlhub_session FOR EACH ROW
    WHEN (NEW.account_id IS NOT NULL AND NEW.account_id IS DISTINCT FROM OLD.account_id)
    EXECUTE FUNCTION controlhub_access_of_account();
"""
DO_NOT_COUNT_ACCESS = """
DROP TRIGGER count_access ON controlhub_accesstoken;
DROP TRIGGER count_access ON controlhub_invitation;
DROP TRIGGER count_access ON controlhub_session;
DROP TRIGGER count_access_later ON controlhub_session;
DROP FUNCTION controlhub_access_of_user();
DROP FUNCTION controlhub_access_of_account();
DROP FUNCTION controlhub_count_access(uuid);
"""


class Migration(migrations.Migration):
    replaces = [
        ("controlhub", "0007_row_counts"),
        ("controlhub", "0017_hidden_users"),
        ("controlhub", "0025_access_version"),
        ("controlhub", "0043_counts_by_place"),
    ]
    dependencies = [("controlhub", "0001_tables")]
    operations = [
        migrations.RunSQL(COUNT, DO_NOT_COUNT),
        migrations.RunSQL(COUNT_ACCESS, DO_NOT_COUNT_ACCESS),
    ]
