"""Merkle trees over the events of each organization, with signed checkpoints (decision 0070)."""

from django.db import migrations, models
from django.db.models.functions import Now

PK = {"blank": True, "editable": False, "primary_key": True, "serialize": False}


class Migration(migrations.Migration):
    dependencies = [("audit", "0007_old_addresses")]
    operations = [
        migrations.CreateModel(
            name="AuditLeaf",
            fields=[
                ("event_id", models.UUIDField(primary_key=True, serialize=False)),
                ("organization_id", models.UUIDField()),
                ("position", models.BigIntegerField()),
                ("hash", models.BinaryField(max_length=32)),
            ],
            options={
                "db_table": "audit_leaf",
                "constraints": [
                    models.UniqueConstraint(fields=["organization_id", "position"], name="audit_leaf_position")
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditSubtree",
            fields=[
                ("pk", models.CompositePrimaryKey("organization_id", "level", "number", **PK)),
                ("organization_id", models.UUIDField()),
                ("level", models.SmallIntegerField()),
                ("number", models.BigIntegerField()),
                ("hash", models.BinaryField(max_length=32)),
            ],
            options={"db_table": "audit_subtree"},
        ),
        migrations.CreateModel(
            name="AuditCheckpoint",
            fields=[
                ("pk", models.CompositePrimaryKey("organization_id", "size", **PK)),
                ("organization_id", models.UUIDField()),
                ("size", models.BigIntegerField()),
                ("note", models.TextField()),
                ("subtrees", models.BinaryField()),
                ("created_at", models.DateTimeField(db_default=Now())),
            ],
            options={"db_table": "audit_checkpoint"},
        ),
        migrations.CreateModel(
            name="AuditWatermark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("cluster", models.TextField()),
                ("transaction", models.BigIntegerField()),
                ("scan_transaction", models.TextField(default="")),
                ("scan_event", models.UUIDField(null=True)),
            ],
            options={"db_table": "audit_watermark"},
        ),
    ]
