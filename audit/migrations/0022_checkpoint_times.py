"""Checkpoints are found by time, for a replay of a stream, without reading the newer ones. Built without a lock."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("audit", "0021_addresses")]
    operations = [
        AddIndexConcurrently(
            "auditcheckpoint",
            models.Index("organization_id", "created_at", name="audit_checkpoint_by_time"),
        ),
    ]
