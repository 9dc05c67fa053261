"""Indexes for filters and sorts by name and by date, made while the portal works (docs/decisions/0036).

`controlhub_parts` makes the entries of one index over the parts of all names. As `controlhub_suffixes` (migration 0027),
it names no function of ours. Going back leaves these filters and sorts without an index.
"""

from django.db import migrations, models

FUNCTION = """
CREATE OR REPLACE FUNCTION controlhub_parts(
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
    schema_editor.execute("DROP FUNCTION IF EXISTS controlhub_parts(uuid, text, text, text, text)")


KEY = """CASE WHEN {column} = '' THEN '1' ELSE '0' || left(controlhub_fold({column}), 256) END COLLATE "C\""""
SORTED = {
    f"user_{column}_order": f"controlhub_user (organization_id, ({KEY.format(column=column)}), ordinal) WHERE NOT hidden"
    for column in ("display_name", "family_name", "given_name")
}
CREATED = models.Index(
    fields=["organization", "created_at", "ordinal"], name="user_created_order", condition=models.Q(hidden=False)
)
GROUP_NAME = models.Index(fields=["organization", "display_name_key", "ordinal"], name="group_display_name_order")


def make(name, definition, *state):
    """What an interrupted run left behind is dropped first."""
    drop = f"DROP INDEX CONCURRENTLY IF EXISTS {name}"
    yield migrations.RunSQL(drop, migrations.RunSQL.noop)
    yield migrations.RunSQL(f"CREATE INDEX CONCURRENTLY {name} ON {definition}", drop, state_operations=list(state))


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("controlhub", "0043_counts_by_place")]
    operations = [
        migrations.RunPython(create, drop),
        *make(
            "user_parts_of_names",
            "controlhub_user USING gin"
            " (controlhub_parts(organization_id, display_name, user_name_key, family_name, given_name))"
            " WITH (fastupdate = on, gin_pending_list_limit = 256)",
        ),
        *(operation for name, definition in SORTED.items() for operation in make(name, definition)),
        *make(
            "user_created_order",
            "controlhub_user (organization_id, created_at, ordinal) WHERE NOT hidden",
            migrations.AddIndex("user", CREATED),
        ),
        *make(
            "group_display_name_order",
            "controlhub_group (organization_id, display_name_key, ordinal)",
            migrations.AddIndex("group", GROUP_NAME),
        ),
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS user_display_name_suffixes", migrations.RunSQL.noop),
        migrations.RunSQL(
            "DROP INDEX CONCURRENTLY IF EXISTS group_display_name",
            migrations.RunSQL.noop,
            state_operations=[migrations.RemoveIndex("group", "group_display_name")],
        ),
    ]
