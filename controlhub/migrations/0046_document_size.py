"""`document_size`: the bytes of a resource's document, so that a page is weighed without reading its documents.

PostgreSQL knows the size of a text without unpacking it, but not that of `json`. Only `scim.resources` reads the column;
the models do not know it. Adding it rewrites the three tables.
"""

from django.db import migrations

COLUMN = """
ALTER TABLE {table} ADD COLUMN document_size integer GENERATED ALWAYS AS (octet_length(document::text)) STORED
"""
TABLES = ("controlhub_user", "controlhub_group", "controlhub_resource")


class Migration(migrations.Migration):
    dependencies = [("controlhub", "0045_slots_of_positions")]
    operations = [
        migrations.RunSQL(COLUMN.format(table=table), f"ALTER TABLE {table} DROP COLUMN document_size") for table in TABLES
    ]
