"""Which checkpoint of each organization was sent to AUDIT_CHECKPOINT_URL."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0009_trees_append_only")]
    operations = [
        migrations.CreateModel(
            name="AuditDelivery",
            fields=[
                ("organization_id", models.UUIDField(primary_key=True, serialize=False)),
                ("size", models.BigIntegerField()),
            ],
            options={"db_table": "audit_delivery"},
        ),
    ]
