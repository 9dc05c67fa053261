"""The suffixes of a name, for an index over them (docs/decisions/0020).

It names no function of ours, because PostgreSQL makes and restores indexes with a search path of its own; the case is
folded as `controlhub_fold` does it.
"""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION controlhub_suffixes(organization_id uuid, value text) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
DECLARE
    mark text := right(organization_id::text, 6);
    folded text := chr(1) || lower(value COLLATE {collation});
    lexemes text[] := '{{}}';
BEGIN
    IF value = '' THEN
        RETURN NULL;
    ELSIF length(folded) > 256 THEN
        RETURN array_to_tsvector(ARRAY[mark]);
    END IF;
    FOR start IN 1 .. length(folded) LOOP
        lexemes := array_append(lexemes, mark || substr(folded, start, 8));
    END LOOP;
    RETURN array_to_tsvector(lexemes);
END $$
"""


def create(apps, schema_editor):
    builtin = schema_editor.connection.pg_version >= 170000
    schema_editor.execute(FUNCTION.format(collation="pg_c_utf8" if builtin else '"und-x-icu"'))


def drop(apps, schema_editor):
    schema_editor.execute("DROP FUNCTION controlhub_suffixes(uuid, text)")


class Migration(migrations.Migration):
    dependencies = [("controlhub", "0026_no_throttles")]
    operations = [migrations.RunPython(create, drop)]
