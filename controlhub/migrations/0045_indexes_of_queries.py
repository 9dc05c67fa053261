"""Indexes for filters and sorts by name and by date, made while the portal works (docs/decisions/0036).

Going back leaves these filters and sorts without an index.
"""

from django.db import migrations, models

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
    dependencies = [("controlhub", "0044_parts_of_names")]
    operations = [
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
