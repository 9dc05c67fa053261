"""What witnesses have cosigned. Like checkpoints, the table only grows."""

from django.db import migrations, models

PK = {"blank": True, "editable": False, "primary_key": True, "serialize": False}
REFUSE = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_cosignature
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON audit_cosignature
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
"""
ALLOW = "DROP TRIGGER append_only ON audit_cosignature; DROP TRIGGER append_only_truncate ON audit_cosignature;"


class Migration(migrations.Migration):
    dependencies = [("audit", "0013_cheaper_inserts")]
    operations = [
        migrations.CreateModel(
            name="AuditCosignature",
            fields=[
                ("pk", models.CompositePrimaryKey("organization_id", "size", "witness", **PK)),
                ("organization_id", models.UUIDField()),
                ("size", models.BigIntegerField()),
                ("witness", models.TextField()),
                ("line", models.TextField()),
                ("signed_at", models.DateTimeField()),
            ],
            options={"db_table": "audit_cosignature"},
        ),
        migrations.RunSQL(REFUSE, ALLOW),
    ]
