"""Rows are counted in a loop: PostgreSQL needs longer to start GROUP BY than to count one row."""

from django.db import migrations

IN_A_LOOP = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_organization uuid;
    of_kind text;
    of_bucket bigint;
    delta bigint := 0;
    one record;
BEGIN
    FOR one IN SELECT organization_id AS organization, {kind} AS kind, ordinal >> 14 AS bucket FROM changed {counted}
    LOOP
        IF delta <> 0 AND (of_organization, of_kind, of_bucket) <> (one.organization, one.kind, one.bucket) THEN
            PERFORM controlhub_count_rows(of_organization, of_kind, of_bucket, delta);
            delta := 0;
        END IF;
        of_organization := one.organization;
        of_kind := one.kind;
        of_bucket := one.bucket;
        delta := delta + CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
    END LOOP;
    IF delta <> 0 THEN
        PERFORM controlhub_count_rows(of_organization, of_kind, of_bucket, delta);
    END IF;
    RETURN NULL;
END $$;
"""
BY_GROUPS = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE delta record;
BEGIN
    FOR delta IN
        SELECT organization_id AS organization, {kind} AS kind, ordinal >> 14 AS bucket,
            count(*) * CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END AS rows
        FROM changed {counted} GROUP BY 1, 2, 3
    LOOP
        PERFORM controlhub_count_rows(delta.organization, delta.kind, delta.bucket, delta.rows);
    END LOOP;
    RETURN NULL;
END $$;
"""
COUNTED = (
    ("controlhub_count_users", "'controlhub_user'", "WHERE NOT hidden"),
    ("controlhub_count_groups", "'controlhub_group'", ""),
    ("controlhub_count_resources", "resource_type_id::text", ""),
)


def functions(text: str) -> str:
    return "".join(text.format(name=name, kind=kind, counted=counted) for name, kind, counted in COUNTED)


class Migration(migrations.Migration):

    dependencies = [
        ('controlhub', '0091_written_columns'),
    ]

    operations = [
        migrations.RunSQL(functions(IN_A_LOOP), functions(BY_GROUPS)),
    ]
