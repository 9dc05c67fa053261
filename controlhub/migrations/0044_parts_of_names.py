"""The parts of a user's names, for one index over all of them (docs/decisions/0036).

As `controlhub_suffixes` (migration 0027), it names no function of ours. A row with a text of more than 256 characters
has the mark alone, too.
"""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION controlhub_parts(
    organization_id uuid, display_name text, user_name text, family_name text, given_name text
) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
DECLARE
    mark text := right(organization_id::text, 6);
    shown text := chr(1) || lower(display_name COLLATE {collation});
    part text;
    lexemes text[] := '{{}}';
BEGIN
    IF greatest(length(shown), length(user_name), length(family_name), length(given_name)) > 256 THEN
        lexemes := ARRAY[mark];
    END IF;
    IF length(shown) BETWEEN 2 AND 256 THEN
        FOR start IN 1 .. length(shown) LOOP
            lexemes := array_append(lexemes, mark || substr(shown, start, 8));
        END LOOP;
    END IF;
    part := lower(user_name COLLATE {collation});
    IF length(part) BETWEEN 1 AND 256 THEN
        FOR step IN 0 .. (length(part) - 1) / 2 LOOP
            lexemes := array_append(lexemes, mark || substr(part, 2 * step + 1, 8));
        END LOOP;
    END IF;
    FOREACH part IN ARRAY ARRAY[lower(family_name COLLATE {collation}), lower(given_name COLLATE {collation})] LOOP
        IF length(part) <= 256 AND strpos(shown, part) = 0 THEN
            FOR start IN 1 .. length(part) LOOP
                lexemes := array_append(lexemes, mark || substr(part, start, 8));
            END LOOP;
        END IF;
    END LOOP;
    RETURN array_to_tsvector(lexemes);
END $$
"""


def create(apps, schema_editor):
    builtin = schema_editor.connection.pg_version >= 170000
    schema_editor.execute(FUNCTION.format(collation="pg_c_utf8" if builtin else '"und-x-icu"'))


def drop(apps, schema_editor):
    schema_editor.execute("DROP FUNCTION controlhub_parts(uuid, text, text, text, text)")


class Migration(migrations.Migration):
    dependencies = [("controlhub", "0043_counts_by_place")]
    operations = [migrations.RunPython(create, drop)]
