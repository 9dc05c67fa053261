"""Pages with room for the next version of a row: an update that touches no index stays on its page."""

from django.db import migrations

TABLES = ("controlhub_user", "controlhub_group", "controlhub_resource")


class Migration(migrations.Migration):
    dependencies = [("controlhub", "0007_row_counts")]
    operations = [
        migrations.RunSQL(f"ALTER TABLE {table} SET (fillfactor = 85)", f"ALTER TABLE {table} RESET (fillfactor)")
        for table in TABLES
    ]
