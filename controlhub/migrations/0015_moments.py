"""`moments`: when a resource was made and changed, as SCIM writes it (xsd:dateTime, milliseconds, UTC).

Rendering two moments takes longer than reading the row, and pages have a thousand of them: so it is done once, at the
writing (docs/decisions/0016). Only `scim.resources.rows` reads the column; the models do not know it.
"""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION controlhub_moment(timestamptz) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN to_char($1 AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
"""
COLUMN = """
ALTER TABLE {table} ADD COLUMN moments text GENERATED ALWAYS AS (
    '"created":"' || controlhub_moment(created_at) || '","lastModified":"' || controlhub_moment(modified_at) || '"'
) STORED
"""
TABLES = ("controlhub_user", "controlhub_group", "controlhub_resource")


class Migration(migrations.Migration):
    dependencies = [("controlhub", "0014_members_of_a_group")]
    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION controlhub_moment(timestamptz)"),
        *(
            migrations.RunSQL(COLUMN.format(table=table), f"ALTER TABLE {table} DROP COLUMN moments")
            for table in TABLES
        ),
    ]
