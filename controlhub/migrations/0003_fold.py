"""`controlhub_fold`: the one way in which the database compares text without case.

Simple Unicode case mapping, whatever locale the database was made with, as `scim.protocol.values.fold` does it.
"""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION controlhub_fold(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN lower($1 COLLATE {collation})
"""


def create(apps, schema_editor):
    builtin = schema_editor.connection.pg_version >= 170000
    schema_editor.execute(FUNCTION.format(collation="pg_c_utf8" if builtin else '"und-x-icu"'))


def drop(apps, schema_editor):
    schema_editor.execute("DROP FUNCTION controlhub_fold(text)")


class Migration(migrations.Migration):
    dependencies = [("controlhub", "0002_throttle")]
    operations = [migrations.RunPython(create, drop)]
