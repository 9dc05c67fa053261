"""Version 3 of events: personal values are in a table of their own, where they can be erased (decision 0073).

Events of versions 1 and 2 keep their columns, so that the digests in their seals stay valid. No row is rewritten.
"""


from django.db import migrations, models

OLD_DEFAULTS = """
ALTER TABLE audit_auditevent
    ALTER COLUMN reason SET DEFAULT '', ALTER COLUMN actor_label SET DEFAULT '',
    ALTER COLUMN user_agent SET DEFAULT '', ALTER COLUMN target_label SET DEFAULT '',
    ALTER COLUMN changes SET DEFAULT '[]', ALTER COLUMN details SET DEFAULT '{}';
"""
NO_OLD_DEFAULTS = """
ALTER TABLE audit_auditevent
    ALTER COLUMN reason DROP DEFAULT, ALTER COLUMN actor_label DROP DEFAULT,
    ALTER COLUMN user_agent DROP DEFAULT, ALTER COLUMN target_label DROP DEFAULT,
    ALTER COLUMN changes DROP DEFAULT, ALTER COLUMN details DROP DEFAULT;
"""
# The transaction that recorded an event; for older events that of this migration, which is earlier than all that follow.
TRANSACTION = """
ALTER TABLE audit_auditevent ADD COLUMN transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id();
ALTER TABLE audit_auditevent ADD CONSTRAINT audit_personal_apart CHECK (
    version < 3 OR (reason = '' AND actor_label = '' AND actor_address IS NULL AND user_agent = ''
        AND target_label = '' AND changes = '[]' AND details = '{}')) NOT VALID;
"""
NO_TRANSACTION = """
ALTER TABLE audit_auditevent DROP CONSTRAINT audit_personal_apart, DROP COLUMN transaction_id;
"""
# An update may only remove the salt and the value of parts, and both together.
REFUSE = """
CREATE FUNCTION audit_refuse_unless_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.event_id = OLD.event_id AND NEW.organization_id = OLD.organization_id
        AND jsonb_array_length(NEW.parts) = jsonb_array_length(OLD.parts)
        AND NOT EXISTS (SELECT FROM jsonb_array_elements(OLD.parts) WITH ORDINALITY AS old(part, place)
            WHERE NEW.parts -> (place::int - 1) NOT IN (part, part - 'salt' - 'value'))
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the audit log is append-only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER erase_only BEFORE UPDATE ON audit_personal
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_unless_erasure();
CREATE TRIGGER append_only BEFORE DELETE ON audit_personal
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON audit_personal
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
"""
ALLOW = """
DROP TRIGGER erase_only ON audit_personal;
DROP TRIGGER append_only ON audit_personal;
DROP TRIGGER append_only_truncate ON audit_personal;
DROP FUNCTION audit_refuse_unless_erasure();
"""
# The only way in which the runtime role changes the log. It removes the values of one person from these events, and
# returns the number of events that had any.
ERASE = """
CREATE FUNCTION audit_erase(organization uuid, person text, events uuid[]) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH erased AS (
        UPDATE public.audit_personal SET parts = (
            SELECT jsonb_agg(CASE WHEN part ->> 'subject' = person THEN part - 'salt' - 'value' ELSE part END
                ORDER BY place)
            FROM jsonb_array_elements(parts) WITH ORDINALITY AS each(part, place))
        WHERE organization_id = organization AND event_id = ANY(events)
        AND EXISTS (SELECT FROM jsonb_array_elements(parts) AS each(part)
            WHERE part ->> 'subject' = person AND part ? 'value')
        RETURNING 1
    )
    SELECT count(*) FROM erased
$$;
REVOKE ALL ON FUNCTION audit_erase(uuid, text, uuid[]) FROM PUBLIC;
"""
NO_ERASE = "DROP FUNCTION audit_erase(uuid, text, uuid[]);"

OLD = {
    "reason": models.TextField(db_default="", db_column="reason"),
    "actor_label": models.TextField(db_default="", db_column="actor_label"),
    "actor_address": models.GenericIPAddressField(null=True, db_column="actor_address"),
    "user_agent": models.TextField(db_default="", db_column="user_agent"),
    "target_label": models.TextField(db_default="", db_column="target_label"),
    "changes": models.JSONField(db_default=[], db_column="changes"),
    "details": models.JSONField(db_default={}, db_column="details"),
}


def renamed():
    """The model's names of the old columns; the columns themselves keep theirs."""
    for name, field in OLD.items():
        yield migrations.RenameField("auditevent", name, f"old_{name}")
        yield migrations.AlterField("auditevent", f"old_{name}", field)


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_append_only_squashed_0003_event_version")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=list(renamed()),
            database_operations=[migrations.RunSQL(OLD_DEFAULTS, NO_OLD_DEFAULTS)],
        ),
        migrations.AddField("auditevent", "actor_user_id", models.UUIDField(null=True)),
        migrations.AddField("auditevent", "actor_role", models.CharField(db_default="", max_length=32)),
        migrations.AddField("auditevent", "connection_id", models.UUIDField(null=True)),
        migrations.AddField("auditevent", "parent_id", models.UUIDField(null=True)),
        migrations.AddField("auditevent", "facts", models.JSONField(db_default={})),
        migrations.AddField("auditevent", "revoked", models.JSONField(null=True)),
        migrations.AddField("auditevent", "commitments", models.BinaryField(db_default=b"")),
        migrations.AddField("auditevent", "mac", models.BinaryField(db_default=b"")),
        migrations.CreateModel(
            name="AuditPersonal",
            fields=[
                ("event_id", models.UUIDField(primary_key=True, serialize=False)),
                ("organization_id", models.UUIDField()),
                ("parts", models.JSONField()),
            ],
            options={"db_table": "audit_personal"},
        ),
        migrations.RunSQL(TRANSACTION, NO_TRANSACTION),
        migrations.RunSQL(REFUSE, ALLOW),
        migrations.RunSQL(ERASE, NO_ERASE),
    ]
