"""The log is append-only: the database rejects every change and removal of events, for all roles."""

from django.db import migrations

TABLES = ("audit_auditevent", "audit_auditseal")
FUNCTION = """
CREATE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
"""
TRIGGERS = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {0}
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON {0}
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
"""
REFUSE = FUNCTION + "".join(TRIGGERS.format(table) for table in TABLES)
ALLOW = (
    "".join(f"DROP TRIGGER append_only ON {table}; DROP TRIGGER append_only_truncate ON {table};" for table in TABLES)
    + "DROP FUNCTION audit_refuse_change();"
)


class Migration(migrations.Migration):
    replaces = [("audit", "0002_append_only"), ("audit", "0003_event_version")]
    dependencies = [("audit", "0001_tables")]
    operations = [migrations.RunSQL(REFUSE, ALLOW)]
