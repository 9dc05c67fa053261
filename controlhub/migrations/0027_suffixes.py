"""`displayName co "…"` by an index over the suffixes of names; what waits to be sorted into an index stays short.

An index over trigrams, which this one replaces, had lists as long as the table (docs/decisions/0020). A search reads
all that waits in a GIN index: with PostgreSQL's 4 MB it took up to 2 ms, with 64 kB at most 0.02.
"""

import django.contrib.postgres.indexes
from django.db import migrations

FUNCTION = """
CREATE FUNCTION controlhub_suffixes(organization_id uuid, value text) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
DECLARE
    mark text := right(organization_id::text, 6);
    folded text := lower(value COLLATE {collation});  -- as controlhub_fold, which pg_restore would not find here
    lexemes text[] := '{{}}';
BEGIN
    IF length(folded) > 256 THEN
        RETURN array_to_tsvector(ARRAY[mark]);
    END IF;
    FOR start IN 1 .. length(folded) LOOP
        lexemes := array_append(lexemes, mark || substr(folded, start, 8));
    END LOOP;
    RETURN array_to_tsvector(lexemes);
END $$
"""
INDEX = """
CREATE INDEX user_display_name_suffixes ON controlhub_user
USING gin (controlhub_suffixes(organization_id, display_name)) WITH (fastupdate = on, gin_pending_list_limit = 64)
"""


def create(apps, schema_editor):
    builtin = schema_editor.connection.pg_version >= 170000
    schema_editor.execute(FUNCTION.format(collation="pg_c_utf8" if builtin else '"und-x-icu"'))
    schema_editor.execute(INDEX)
    schema_editor.execute("DROP INDEX IF EXISTS user_display_name_trigrams")


def drop(apps, schema_editor):
    schema_editor.execute("DROP INDEX user_display_name_suffixes")
    schema_editor.execute("DROP FUNCTION controlhub_suffixes(uuid, text)")


class Migration(migrations.Migration):
    dependencies = [("controlhub", "0026_no_throttles")]
    operations = [
        migrations.RunPython(create, drop),
        migrations.RemoveIndex(model_name="user", name="user_emails"),
        migrations.AddIndex(
            model_name="user",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["emails"], gin_pending_list_limit=64, name="user_emails"
            ),
        ),
    ]
