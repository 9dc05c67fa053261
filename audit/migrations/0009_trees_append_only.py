"""Leaves, hashes and checkpoints are append-only like events: the database rejects changes for all roles."""

from django.db import migrations

TABLES = ("audit_leaf", "audit_subtree", "audit_checkpoint")
REFUSE = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {0}
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON {0}
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
"""
ALLOW = "DROP TRIGGER append_only ON {0}; DROP TRIGGER append_only_truncate ON {0};"


class Migration(migrations.Migration):
    dependencies = [("audit", "0008_trees")]
    operations = [migrations.RunSQL(REFUSE.format(table), ALLOW.format(table)) for table in TABLES]
