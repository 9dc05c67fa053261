"""Triggers that note what changed in a directory, for the cycles that provision it (docs/database.md)."""

from django.db import migrations

NOTE = """
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO directory_change (organization_id, kind, object_id, transaction_id)
    {changed};
    RETURN NULL;
END $$;
"""
TRIGGER = """
CREATE TRIGGER {trigger} AFTER {event} ON {table} REFERENCING {rows} TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION {name}();
"""
NOW = "pg_current_xact_id()::text::bigint"
OBJECT = f"SELECT organization_id, '{{kind}}', id, {NOW} FROM changed"
MEMBER = f"""SELECT parent.organization_id, noted.kind, noted.id, {NOW}
    FROM changed JOIN directory_group parent ON parent.id = changed.group_id
    CROSS JOIN LATERAL (VALUES ('group', changed.group_id), ('person', changed.person_id), ('group', changed.child_id))
        AS noted (kind, id)
    WHERE noted.id IS NOT NULL
    GROUP BY 1, 2, 3"""
PRINCIPAL = f"""SELECT application.organization_id, noted.kind, noted.id, {NOW}
    FROM changed JOIN directory_application application ON application.id = changed.application_id
    CROSS JOIN LATERAL (VALUES ('person', changed.person_id), ('group', changed.group_id)) AS noted (kind, id)
    WHERE noted.id IS NOT NULL"""
NOTED = (
    ("directory_note_people", "directory_person", OBJECT.format(kind="person"), ("INSERT", "UPDATE", "DELETE")),
    ("directory_note_groups", "directory_group", OBJECT.format(kind="group"), ("INSERT", "UPDATE", "DELETE")),
    ("directory_note_members", "directory_membership", MEMBER, ("INSERT", "DELETE")),
    ("directory_note_assignments", "directory_assignment", PRINCIPAL, ("INSERT", "DELETE")),
)
EVENTS = {"INSERT": ("note_added", "NEW"), "UPDATE": ("note_changed", "NEW"), "DELETE": ("note_removed", "OLD")}


def forwards() -> str:
    text = ""
    for name, table, changed, events in NOTED:
        text += NOTE.format(name=name, changed=changed)
        for event in events:
            trigger, rows = EVENTS[event]
            text += TRIGGER.format(trigger=trigger, event=event, table=table, rows=rows, name=name)
    return text


def backwards() -> str:
    drops = [f"DROP TRIGGER {EVENTS[event][0]} ON {table};" for _, table, _, events in NOTED for event in events]
    return "".join([*drops, *(f"DROP FUNCTION {name}();" for name, *_ in NOTED)])


class Migration(migrations.Migration):
    dependencies = [("directory", "0001_tables")]
    operations = [migrations.RunSQL(forwards(), backwards())]
