"""`version`: the format of an event (audit.changes). Events that are there have version 1; no row is rewritten."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_append_only")]
    operations = [
        migrations.AddField("auditevent", "version", models.SmallIntegerField(db_default=1)),
    ]
