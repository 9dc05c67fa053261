"""Triggers also note groups whose members may have become assigned to an application, or no longer are."""

from django.db import migrations

REPLACE = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO directory_change (organization_id, kind, object_id, transaction_id)
    {changed};
    RETURN NULL;
END $$;
"""
NOW = "pg_current_xact_id()::text::bigint"
MEMBER = f"""SELECT parent.organization_id, noted.kind, noted.id, {NOW}
    FROM changed JOIN directory_group parent ON parent.id = changed.group_id
    CROSS JOIN LATERAL (VALUES ('group', changed.group_id), ('person', changed.person_id), ('group', changed.child_id)%s)
        AS noted (kind, id)
    WHERE noted.id IS NOT NULL
    GROUP BY 1, 2, 3"""
PRINCIPAL = f"""SELECT application.organization_id, noted.kind, noted.id, {NOW}
    FROM changed JOIN directory_application application ON application.id = changed.application_id
    CROSS JOIN LATERAL (VALUES ('person', changed.person_id), ('group', changed.group_id)%s) AS noted (kind, id)
    WHERE noted.id IS NOT NULL"""
FUNCTIONS = (
    ("directory_note_members", MEMBER, ", ('members', changed.child_id)"),
    ("directory_note_assignments", PRINCIPAL, ", ('members', changed.group_id)"),
)


def forwards() -> str:
    return "".join(REPLACE.format(name=name, changed=text % more) for name, text, more in FUNCTIONS)


def backwards() -> str:
    return "".join(REPLACE.format(name=name, changed=text % "") for name, text, _ in FUNCTIONS)


class Migration(migrations.Migration):
    dependencies = [("directory", "0009_provisioning")]
    operations = [migrations.RunSQL(forwards(), backwards())]
